// mode(x), mode(x, deterministic), mode() WITHIN GROUP (ORDER BY x): the commonest value.
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/scalar.h>

#include "functions/aggregate/ordering_argument.h"
#include "functions/aggregate/registration.h"
#include "functions/aggregate/value_counts.h"
#include "functions/compare_values.h"

namespace headrace::aggregate {
namespace {

// Which of several equally common values: the one that came first, the least, the greatest.
enum class Choice { kFirst, kLeast, kGreatest };

// State: the list of the values and their counts.
class ModeAccumulator final : public Accumulator {
 public:
  ModeAccumulator(DataTypePtr type, Choice choice)
      : type_(std::move(type)), choice_(choice), counts_(type_) {}

  Status Resize(int64_t groups) override {
    counts_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ValidRows(*arguments[0], groups, length, filter, &rows_);
    return counts_.Add(groups, arguments[0], rows_);
  }
  Status Merge(const uint32_t* groups, int64_t, const Arrays& states) override {
    return counts_.AddLists(groups, *states[0]);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lists, counts_.Lists());
    return Arrays{std::move(lists)};
  }
  Result<ArrayPtr> Finish() const override {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr array, counts_.Lists());
    const auto& lists = static_cast<const arrow::ListArray&>(*array);
    const auto& pairs = static_cast<const arrow::StructArray&>(*lists.values());
    const ArrayPtr values = pairs.field(0), counts = pairs.field(1);
    const auto* count = Values<int64_t>(*counts);
    arrow::Int32Builder chosen;
    for (int64_t group = 0; group < lists.length(); ++group) {
      const int32_t begin = lists.value_offset(group), end = lists.value_offset(group + 1);
      int32_t best = begin;
      for (int32_t k = begin + 1; k < end; ++k) {
        if (count[k] > count[best] || (count[k] == count[best] && Before(*values, k, best))) {
          best = k;
        }
      }
      ARROW_RETURN_NOT_OK(begin == end ? chosen.AppendNull() : chosen.Append(best));
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr rows, chosen.Finish());
    return arrow::compute::Take(*values, *rows, arrow::compute::TakeOptions::NoBoundsCheck());
  }
  void Clear() override { counts_.Clear(); }
  int64_t size_bytes() const override { return counts_.size_bytes(); }

 private:
  bool Before(const arrow::Array& values, int64_t candidate, int64_t best) const {
    if (choice_ == Choice::kFirst) return false;
    const int order = CompareValues(values, candidate, values, best);
    return choice_ == Choice::kLeast ? order < 0 : order > 0;
  }

  const DataTypePtr type_;
  const Choice choice_;
  ValueCounts counts_;
  std::vector<uint32_t> rows_;
};

// The argument `deterministic`: the least of equally common values.
Result<bool> ConstantDeterministic(const Expression& argument) {
  if (!argument.foldable()) {
    return AnalysisError(
        "NON_FOLDABLE_ARGUMENT",
        "The argument `deterministic` of `mode` is a constant, true or false, not " +
            argument.ToString() + ".",
        {{"funcName", "`mode`"}, {"paramName", "`deterministic`"}, {"paramType", "\"BOOLEAN\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(argument));
  if (!value->is_valid) {
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_NULL",
        "The argument `deterministic` of `mode` must be true or false, not null.",
        {{"exprName", "deterministic"}, {"sqlExpr", "\"" + argument.ToString() + "\""}});
  }
  if (value->type->id() != arrow::Type::BOOL) {
    return AnalysisError("UNEXPECTED_INPUT_TYPE",
                         "The second argument of `mode` must be a \"BOOLEAN\", but \"" +
                             argument.ToString() + "\" is a \"" + SqlName(*argument.type()) + "\".",
                         {{"paramIndex", "second"},
                          {"functionName", "`mode`"},
                          {"requiredType", "\"BOOLEAN\""},
                          {"inputSql", "\"" + argument.ToString() + "\""},
                          {"inputType", "\"" + SqlName(*argument.type()) + "\""}});
  }
  return static_cast<const arrow::BooleanScalar&>(*value).value;
}

Result<BoundAggregate> BindMode(Arguments arguments, const BindContext&) {
  Arguments ordered;
  const std::vector<Ordering> orderings = TakeOrderings(&arguments, &ordered);
  Choice choice = Choice::kFirst;
  if (!orderings.empty()) {
    choice = orderings[0].ascending ? Choice::kLeast : Choice::kGreatest;
    arguments = {ordered[0]};
  } else {
    if (arguments.size() > 2) return WrongNumberOfArguments("mode", "0", arguments.size());
    if (arguments.size() == 2) {
      ARROW_ASSIGN_OR_RAISE(const bool deterministic, ConstantDeterministic(*arguments[1]));
      if (deterministic) choice = Choice::kLeast;
      arguments.resize(1);
    }
  }
  const DataTypePtr type = arguments[0]->type();
  if (ContainsMap(*type)) {
    return NotSupported("mode of maps", "Use the sorted entries: array_sort(map_entries(…)).");
  }
  BoundAggregate bound;
  bound.name = "mode";
  bound.type = type;
  bound.state_types = {ValueCounts::ListType(type)};
  bound.deterministic = choice != Choice::kFirst;
  bound.make = [type, choice] { return std::make_unique<ModeAccumulator>(type, choice); };
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterMode(FunctionRegistry* registry) {
  AggregateFunction mode;
  mode.names = {"mode"};
  mode.documentation = {
      "mode(any[, deterministic]) -> same type, mode() WITHIN GROUP (ORDER BY any)",
      "The commonest value that is not null; of equally common ones the least if `deterministic`, "
      "the first by the order of WITHIN GROUP, any otherwise.",
      "mode(a)"};
  mode.bind = BindMode;
  mode.display = [](const std::vector<std::string>& arguments) -> std::string {
    if (arguments.empty()) return "mode()";
    if (arguments.size() == 2 && arguments[1] == "true") {
      return "mode() WITHIN GROUP (ORDER BY " + arguments[0] + " DESC)";
    }
    return "mode(" + arguments[0] + ")";
  };
  registry->Add(std::move(mode));
}

}  // namespace headrace::aggregate
