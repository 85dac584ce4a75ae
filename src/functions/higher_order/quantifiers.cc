// exists and forall, in three-valued logic.
#include "functions/collection/gather.h"
#include "functions/collection/list_kernel.h"
#include "functions/higher_order/elements.h"
#include "functions/higher_order/higher_order_topics.h"

namespace headrace {
namespace {

// What one element that is `decisive` (true for exists, false for forall) settles for its row; a
// null element leaves the row null unless another one decides.
class Verdicts {
 public:
  Verdicts(const arrow::Array& lists, bool decisive) : lists_(lists), decisive_(decisive) {
    states_.resize(lists.length(), kUndecided);
  }

  bool decided(int64_t row) const { return states_[row] == kDecided; }
  void Add(int64_t row, const arrow::BooleanArray& values, int64_t i) {
    if (values.IsNull(i)) {
      if (states_[row] == kUndecided) states_[row] = kNull;
    } else if (values.Value(i) == decisive_) {
      states_[row] = kDecided;
    }
  }

  Result<ArrayPtr> Finish(arrow::MemoryPool* pool) const {
    arrow::BooleanBuilder builder(pool);
    ARROW_RETURN_NOT_OK(builder.Reserve(lists_.length()));
    for (int64_t i = 0; i < lists_.length(); ++i) {
      if (lists_.IsNull(i) || states_[i] == kNull) {
        builder.UnsafeAppendNull();
      } else {
        builder.UnsafeAppend((states_[i] == kDecided) == decisive_);
      }
    }
    return builder.Finish();
  }

 private:
  enum State : uint8_t { kUndecided, kNull, kDecided };
  const arrow::Array& lists_;
  bool decisive_;
  std::vector<State> states_;
};

// Element after element, so that those behind the one that decides are never looked at.
Status InOrder(const arrow::ListArray& lists, const LambdaCall& lambda, Verdicts* verdicts,
               arrow::MemoryPool* pool) {
  std::vector<int64_t> open, positions;
  for (int32_t step = 0;; ++step) {
    open.clear();
    positions.clear();
    for (int64_t i = 0; i < lists.length(); ++i) {
      if (lists.IsNull(i) || verdicts->decided(i) || lists.value_length(i) <= step) continue;
      open.push_back(i);
      positions.push_back(lists.value_offset(i) + step);
    }
    if (open.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, GatherValues(lists.values(), positions, pool));
    const auto rows = std::make_shared<arrow::Int64Array>(
        static_cast<int64_t>(open.size()), arrow::Buffer::Wrap(open.data(), open.size()));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr result, lambda(rows, {std::move(values)}));
    for (size_t i = 0; i < open.size(); ++i) {
      verdicts->Add(open[i], static_cast<const arrow::BooleanArray&>(*result),
                    static_cast<int64_t>(i));
    }
  }
}

Result<ArrayPtr> Decide(const arrow::ListArray& lists, bool decisive, const LambdaCall& lambda,
                        arrow::MemoryPool* pool) {
  Verdicts verdicts(lists, decisive);
  ARROW_ASSIGN_OR_RAISE(const ElementRows elements, RowsOf(lists, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr values, lists.Flatten(pool));
  const Result<ArrayPtr> result = lambda(elements.rows, {values});
  // An element that fails may stand behind one that decides.
  if (!result.ok()) {
    ARROW_RETURN_NOT_OK(InOrder(lists, lambda, &verdicts, pool));
    return verdicts.Finish(pool);
  }
  for (size_t row = 0; row + 1 < elements.offsets.size(); ++row) {
    for (int64_t e = elements.offsets[row]; e < elements.offsets[row + 1]; ++e) {
      verdicts.Add(static_cast<int64_t>(row), static_cast<const arrow::BooleanArray&>(**result), e);
    }
  }
  return verdicts.Finish(pool);
}

void AddQuantifier(FunctionRegistry* registry, const std::string& name, bool decisive,
                   FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.bind = [name, decisive](Arguments arguments,
                                   const BindContext& bind) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckPredicate(name, &arguments[1], bind));
    const bool nullable = AnyNullable(arguments);
    return MakeHigherOrderCall(
        name, arrow::boolean(), nullable, std::move(arguments),
        [decisive](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas,
                   int64_t, const EvaluationContext& context) {
          return Decide(static_cast<const arrow::ListArray&>(*values[0]), decisive, lambdas[0],
                        context.pool);
        });
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterQuantifierFunctions(FunctionRegistry* registry) {
  AddQuantifier(registry, "exists", true,
                {"exists(array, x -> boolean) -> boolean",
                 "Whether the function is true for at least one element.",
                 "exists(array(1, 2, 3), x -> x % 2 == 0)"});
  AddQuantifier(
      registry, "forall", false,
      {"forall(array, x -> boolean) -> boolean", "Whether the function is true for all elements.",
       "forall(array(1, 2, 3), x -> x % 2 == 0)"});
}

}  // namespace headrace
