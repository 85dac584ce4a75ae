#include "streaming/trigger.h"

namespace headrace {
namespace {

class AsFastAsPossible final : public TriggerPolicy {
 public:
  NextTrigger After(int64_t, bool ran_batch) const override {
    return {ran_batch ? NextTrigger::Kind::kNow : NextTrigger::Kind::kWhenData, 0};
  }
};

// Ticks at wall-clock multiples of the interval; a tick that passed while a batch ran is taken at
// once, older ones are dropped.
class ProcessingTime final : public TriggerPolicy {
 public:
  explicit ProcessingTime(int64_t interval_ms) : interval_us_(interval_ms * 1000) {}
  NextTrigger After(int64_t started_us, bool) const override {
    return {NextTrigger::Kind::kAt, started_us / interval_us_ * interval_us_ + interval_us_};
  }

 private:
  int64_t interval_us_;
};

class Once final : public TriggerPolicy {
 public:
  NextTrigger After(int64_t, bool) const override { return {NextTrigger::Kind::kEnd, 0}; }
  bool ignores_rate_limits() const override { return true; }
};

class AvailableNow final : public TriggerPolicy {
 public:
  NextTrigger After(int64_t, bool ran_batch) const override {
    return {ran_batch ? NextTrigger::Kind::kNow : NextTrigger::Kind::kEnd, 0};
  }
  bool fixes_end() const override { return true; }
};

}  // namespace

Result<std::unique_ptr<TriggerPolicy>> TriggerPolicy::Make(
    const TriggerSpecification& specification) {
  switch (specification.kind) {
    case TriggerSpecification::Kind::kDefault:
      return std::make_unique<AsFastAsPossible>();
    case TriggerSpecification::Kind::kProcessingTime:
      if (specification.interval_ms == 0) return std::make_unique<AsFastAsPossible>();
      return std::make_unique<ProcessingTime>(specification.interval_ms);
    case TriggerSpecification::Kind::kOnce:
      return std::make_unique<Once>();
    case TriggerSpecification::Kind::kAvailableNow:
      return std::make_unique<AvailableNow>();
    case TriggerSpecification::Kind::kContinuous:
      return NotSupported("trigger(continuous=…)", "use trigger(processingTime=…) instead");
    case TriggerSpecification::Kind::kRealTime:
      return NotSupported("trigger(realTime=…)", "use trigger(processingTime=…) instead");
  }
  return Status::Invalid("unknown trigger kind");
}

}  // namespace headrace
