#include "operators/aggregate_set.h"

#include <utility>

#include "functions/aggregate/aggregate.h"

namespace headrace {
namespace {

// Spark's names where the state is as Spark's; "!" marks those that are never null there, which
// decides whether the state of one function can be taken for another's.
const std::vector<std::string>* SparkStateNames(const std::string& function, size_t count) {
  using Names = std::vector<std::string>;
  static const Names kCount = {"count!"}, kSum = {"sum", "isEmpty!"}, kAverage = {"sum", "count"},
                     kFirst = {"first", "valueSet"}, kLast = {"last", "valueSet"},
                     kExtremum = {"valueWithExtremumOrdering", "extremumOrdering"},
                     kMoments = {"n!", "avg!", "m2!", "m3!", "m4!"},
                     kComoments = {"n!", "xAvg!", "yAvg!", "ck!", "xMk!", "yMk!"};
  static const std::map<std::string, const Names*> kNames = {
      {"count", &kCount},
      {"count_if", &kCount},
      {"sum", &kSum},
      {"try_sum", &kSum},
      {"avg", &kAverage},
      {"try_avg", &kAverage},
      {"first", &kFirst},
      {"first_value", &kFirst},
      {"any_value", &kFirst},
      {"last", &kLast},
      {"last_value", &kLast},
      {"max_by", &kExtremum},
      {"min_by", &kExtremum},
      {"stddev", &kMoments},
      {"std", &kMoments},
      {"stddev_samp", &kMoments},
      {"stddev_pop", &kMoments},
      {"variance", &kMoments},
      {"var_samp", &kMoments},
      {"var_pop", &kMoments},
      {"skewness", &kMoments},
      {"kurtosis", &kMoments},
      {"corr", &kComoments},
      {"covar_pop", &kComoments},
      {"covar_samp", &kComoments},
  };
  const auto found = kNames.find(function);
  return found != kNames.end() && count <= found->second->size() ? found->second : nullptr;
}

FieldPtr StateField(const BoundAggregate& aggregate, bool distinct, size_t i) {
  const size_t count = aggregate.state_types.size();
  const auto* names = distinct ? nullptr : SparkStateNames(aggregate.name, count);
  std::string name = names != nullptr ? (*names)[i]
                     : count == 1     ? aggregate.name
                                      : aggregate.name + "_" + std::to_string(i);
  const bool nullable = !name.ends_with('!');
  if (!nullable) name.pop_back();
  return arrow::field(std::move(name), aggregate.state_types[i], nullable);
}

}  // namespace

AggregateSet::AggregateSet(const std::vector<PhysicalAggregate>& aggregates) {
  for (const PhysicalAggregate& entry : aggregates) {
    const BoundAggregate bound =
        entry.distinct ? MakeDistinctAggregate(entry.aggregate) : entry.aggregate;
    for (size_t i = 0; i < bound.state_types.size(); ++i) {
      state_fields_.push_back(StateField(bound, entry.distinct, i));
    }
    members_.push_back({bound.arguments, entry.filter, bound.state_types.size(), bound.make()});
  }
}

Status AggregateSet::Resize(int64_t groups) {
  for (Member& member : members_) ARROW_RETURN_NOT_OK(member.accumulator->Resize(groups));
  return Status::OK();
}

Status AggregateSet::Update(const arrow::RecordBatch& input, const EvaluationContext& evaluation,
                            const std::vector<uint32_t>& groups) {
  for (Member& member : members_) {
    Arrays arguments(member.arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], EvaluateToArray(*member.arguments[i], input, evaluation));
    }
    const uint8_t* mask = nullptr;
    if (member.filter != nullptr) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr condition, EvaluateToArray(*member.filter, input, evaluation));
      TrueRows(*condition, &mask_);
      mask = mask_.data();
    }
    ARROW_RETURN_NOT_OK(
        member.accumulator->Update(groups.data(), input.num_rows(), arguments, mask));
  }
  return Status::OK();
}

Status AggregateSet::Merge(const Arrays& columns, size_t first,
                           const std::vector<uint32_t>& groups) {
  for (Member& member : members_) {
    const auto begin = columns.begin() + static_cast<std::ptrdiff_t>(first);
    const Arrays states(begin, begin + static_cast<std::ptrdiff_t>(member.state_count));
    ARROW_RETURN_NOT_OK(
        member.accumulator->Merge(groups.data(), static_cast<int64_t>(groups.size()), states));
    first += member.state_count;
  }
  return Status::OK();
}

Result<Arrays> AggregateSet::States() const {
  Arrays columns;
  for (const Member& member : members_) {
    ARROW_ASSIGN_OR_RAISE(Arrays states, member.accumulator->States());
    columns.insert(columns.end(), states.begin(), states.end());
  }
  return columns;
}

Result<Arrays> AggregateSet::Finish() const {
  Arrays columns;
  for (const Member& member : members_) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr result, member.accumulator->Finish());
    columns.push_back(std::move(result));
  }
  return columns;
}

void AggregateSet::Clear() {
  for (Member& member : members_) member.accumulator->Clear();
}

int64_t AggregateSet::size_bytes() const {
  int64_t bytes = 0;
  for (const Member& member : members_) bytes += member.accumulator->size_bytes();
  return bytes;
}

}  // namespace headrace
