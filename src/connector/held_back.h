// What sinks are, too, of which nobody sees anything before Commit, nor after an Abort or the end
// of the process: the offsets of a batch may become durable while it is written.
#pragma once

#include "connector/sink.h"

namespace headrace {

class HeldBack {
 public:
  virtual ~HeldBack() = default;
  virtual bool holds_back() const = 0;
};

inline bool HoldsBack(const Sink& sink) {
  const auto* held = dynamic_cast<const HeldBack*>(&sink);
  return held != nullptr && held->holds_back();
}

}  // namespace headrace
