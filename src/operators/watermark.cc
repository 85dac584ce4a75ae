// withWatermark(): passes rows through and keeps statistics of their event times.
#include <algorithm>
#include <limits>
#include <utility>

#include "operators/event_time.h"
#include "operators/instances.h"
#include "operators/plan_instance.h"

namespace headrace {
namespace {

int64_t FloorMillis(int64_t micros) { return micros / 1000 - (micros % 1000 < 0 ? 1 : 0); }

class Watermark final : public Operator {
 public:
  Watermark(const PhysicalNode& node, const OperatorSite& site)
      : column_(node.event_time_column),
        delay_ms_(node.delay_us / 1000),
        ordinal_(static_cast<size_t>(site.watermark_ordinal)) {}

  Status Begin(const BatchContext&) override {
    seen_ = EventTimeStatistics{};
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    const EventTimes times(*batch->column(column_));
    int64_t maximum = seen_.count == 0 ? std::numeric_limits<int64_t>::min() : seen_.max_ms;
    int64_t minimum = seen_.count == 0 ? std::numeric_limits<int64_t>::max() : seen_.min_ms;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      // A null counts as the epoch.
      const int64_t ms = times.is_null(i) ? 0 : FloorMillis(times[i]);
      maximum = std::max(maximum, ms);
      minimum = std::min(minimum, ms);
      seen_.sum_ms += ms;
    }
    seen_.count += batch->num_rows();
    seen_.max_ms = maximum;
    seen_.min_ms = minimum;
    return output->Push(std::move(batch));
  }

  void AddMetrics(RunMetrics* metrics) const override {
    EventTimeStatistics& all = metrics->event_times[ordinal_];
    all.delay_ms = delay_ms_;
    if (seen_.count == 0) return;
    all.max_ms = all.count == 0 ? seen_.max_ms : std::max(all.max_ms, seen_.max_ms);
    all.min_ms = all.count == 0 ? seen_.min_ms : std::min(all.min_ms, seen_.min_ms);
    all.sum_ms += seen_.sum_ms;
    all.count += seen_.count;
  }

 private:
  const int column_;
  const int64_t delay_ms_;
  const size_t ordinal_;
  EventTimeStatistics seen_;
};

}  // namespace

OperatorPtr MakeWatermark(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Watermark>(node, site);
}

}  // namespace headrace
