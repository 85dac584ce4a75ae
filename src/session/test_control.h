// What a test may do to an engine that was started for tests, by way of the configuration:
//
//   headrace.testing.clock             microseconds since the epoch; setting it moves a manual
//   clock headrace.testing.inject            "offset-log.synced", "sink.prepared:2",
//   "state.committed=error":
//                                      the process dies (or the passage fails) at that passage of
//                                      the injection point
//   headrace.testing.injectionPoints   all points, in the order in which a query passes them
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace headrace {

// Thread-safe.
class TestControl {
 public:
  // `clock`: null if time runs by itself.
  explicit TestControl(std::shared_ptr<ManualClock> clock) : clock_(std::move(clock)) {}

  static bool Owns(const std::string& key);
  Status Set(const std::string& key, const std::string& value);
  std::optional<std::string> Get(const std::string& key) const;

 private:
  Status SetClock(const std::string& value);
  const std::shared_ptr<ManualClock> clock_;
};

}  // namespace headrace
