// The streaming sources of one query run, by ordinal.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "connector/source.h"
#include "plan/physical_plan.h"

namespace headrace {

class SourceSet {
 public:
  // Opens each distinct source once, with `<checkpoint>/sources/<ordinal>` as its own space.
  // What waits in them gives up when `cancellation` is cancelled.
  static Result<SourceSet> Open(const PhysicalPlan& plan, const Checkpoint& checkpoint,
                                const ConnectorContext& connector,
                                const CancellationToken* cancellation);

  int size() const { return static_cast<int>(sources_.size()); }
  Source& at(int ordinal) const { return *sources_[ordinal]; }
  // Positions in PhysicalPlan::scans that read this source.
  const std::vector<int>& scans_of(int ordinal) const { return scans_[ordinal]; }

  void SetWake(const std::function<void()>& wake) const;
  // How long the query may sleep without an event; negative: for good.
  int64_t next_poll_us() const;
  // False when a source cannot fix its end.
  Result<bool> PrepareForAvailableNow() const;

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::vector<int>> scans_;
};

}  // namespace headrace
