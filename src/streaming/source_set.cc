#include "streaming/source_set.h"

#include <algorithm>

#include "connector/cancellable.h"

namespace headrace {

Result<SourceSet> SourceSet::Open(const PhysicalPlan& plan, const Checkpoint& checkpoint,
                                  const ConnectorContext& connector,
                                  const CancellationToken* cancellation) {
  SourceSet set;
  set.sources_.resize(plan.source_count);
  set.scans_.resize(plan.source_count);
  for (size_t i = 0; i < plan.scans.size(); ++i) {
    const PhysicalScan& scan = plan.scans[i];
    if (!scan.streaming) continue;
    set.scans_[scan.source_ordinal].push_back(static_cast<int>(i));
    auto& source = set.sources_[scan.source_ordinal];
    if (source) continue;
    ARROW_ASSIGN_OR_RAISE(
        source, scan.provider->OpenStream(scan.specification, scan.source_schema,
                                          checkpoint.SourcePath(scan.source_ordinal), connector));
    OfferCancellation(source.get(), cancellation);
  }
  return set;
}

void SourceSet::SetWake(const std::function<void()>& wake) const {
  for (const auto& source : sources_) source->SetWake(wake);
}

int64_t SourceSet::next_poll_us() const {
  int64_t shortest = -1;
  for (const auto& source : sources_) {
    const int64_t poll = source->next_poll_us();
    if (poll >= 0 && (shortest < 0 || poll < shortest)) shortest = poll;
  }
  return shortest;
}

Result<bool> SourceSet::PrepareForAvailableNow() const {
  bool all = true;
  for (const auto& source : sources_) {
    ARROW_ASSIGN_OR_RAISE(const bool prepared, source->PrepareForAvailableNow());
    all = all && prepared;
  }
  return all;
}

}  // namespace headrace
