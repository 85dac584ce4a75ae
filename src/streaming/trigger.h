// When the next micro-batch may begin (semantics.md 1.8).
//
// The query loop asks once after each iteration. A policy holds no thread and never waits itself.
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"
#include "streaming/streaming_query.h"

namespace headrace {

struct NextTrigger {
  enum class Kind {
    kNow,       // at once
    kWhenData,  // when a source wakes the query
    kAt,        // at `time_us` by the clock
    kEnd,       // the query is done
  };
  Kind kind = Kind::kNow;
  int64_t time_us = 0;
};

class TriggerPolicy {
 public:
  // NotSupported for continuous and real-time triggers.
  static Result<std::unique_ptr<TriggerPolicy>> Make(const TriggerSpecification& specification);
  virtual ~TriggerPolicy() = default;

  // `started_us`: when the finished iteration began; `ran_batch`: whether it found work.
  virtual NextTrigger After(int64_t started_us, bool ran_batch) const = 0;
  // Once and its like take everything that there is in one batch.
  virtual bool ignores_rate_limits() const { return false; }
  // The sources are to fix their end at the start (AvailableNow).
  virtual bool fixes_end() const { return false; }
};

}  // namespace headrace
