// transform, filter, zip_with: the body is evaluated once over all elements of the batch.
#include <algorithm>

#include "functions/collection/gather.h"
#include "functions/collection/list_kernel.h"
#include "functions/higher_order/elements.h"
#include "functions/higher_order/higher_order_topics.h"

namespace headrace {
namespace {

const arrow::ListArray& AsList(const ArrayPtr& array) {
  return static_cast<const arrow::ListArray&>(*array);
}

struct ListElements {
  ElementRows rows;
  ArrayPtr result;  // of the lambda
  ArrayPtr values;
};

// Calls the lambda with each element and, if it has a second variable, its position.
Result<ListElements> CallOnElements(const arrow::ListArray& lists, const LambdaCall& lambda,
                                    bool positioned, arrow::MemoryPool* pool) {
  ListElements elements;
  ARROW_ASSIGN_OR_RAISE(elements.rows, RowsOf(lists, pool));
  ARROW_ASSIGN_OR_RAISE(elements.values, lists.Flatten(pool));
  std::vector<ArrayPtr> variables = {elements.values};
  if (positioned) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr positions, PositionsInRows(elements.rows, pool));
    variables.push_back(std::move(positions));
  }
  ARROW_ASSIGN_OR_RAISE(elements.result, lambda(elements.rows.rows, variables));
  return elements;
}

bool Positioned(const Expression& lambda) {
  return static_cast<const LambdaFunction&>(lambda).variables().size() == 2;
}

Result<ExpressionPtr> BindTransform(Arguments arguments, const BindContext&) {
  const DataTypePtr type = ArrayOf(arguments[1]->type(), arguments[1]->nullable());
  const bool nullable = arguments[0]->nullable();
  const bool positioned = Positioned(*arguments[1]);
  return MakeHigherOrderCall(
      "transform", type, nullable, std::move(arguments),
      [type, positioned](const std::vector<ArrayPtr>& values,
                         const std::vector<LambdaCall>& lambdas, int64_t,
                         const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(
            const ListElements elements,
            CallOnElements(AsList(values[0]), lambdas[0], positioned, context.pool));
        ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(*values[0], context.pool));
        return MakeList(type, elements.rows.offsets, std::move(validity), elements.result);
      });
}

Result<ExpressionPtr> BindFilter(Arguments arguments, const BindContext& bind) {
  ARROW_RETURN_NOT_OK(CheckPredicate("filter", &arguments[1], bind));
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = arguments[0]->nullable();
  const bool positioned = Positioned(*arguments[1]);
  return MakeHigherOrderCall(
      "filter", type, nullable, std::move(arguments),
      [type, positioned](const std::vector<ArrayPtr>& values,
                         const std::vector<LambdaCall>& lambdas, int64_t,
                         const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(
            const ListElements elements,
            CallOnElements(AsList(values[0]), lambdas[0], positioned, context.pool));
        const KeptElements kept =
            Keep(elements.rows, static_cast<const arrow::BooleanArray&>(*elements.result));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr items,
                              GatherValues(elements.values, kept.positions, context.pool));
        ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(*values[0], context.pool));
        return MakeList(type, kept.offsets, std::move(validity), items);
      });
}

// The shorter of two arrays goes on with nulls.
Result<ArrayPtr> ZipWith(const DataTypePtr& type, const std::vector<ArrayPtr>& lists,
                         const LambdaCall& lambda, arrow::MemoryPool* pool) {
  const int64_t rows = lists[0]->length();
  std::vector<int32_t> sizes(rows, 0);
  std::vector<int64_t> positions[2];
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> validity,
                        arrow::AllocateEmptyBitmap(rows, pool));
  for (int64_t i = 0; i < rows; ++i) {
    if (lists[0]->IsNull(i) || lists[1]->IsNull(i)) continue;
    arrow::bit_util::SetBit(validity->mutable_data(), i);
    sizes[i] = std::max(AsList(lists[0]).value_length(i), AsList(lists[1]).value_length(i));
    for (int side = 0; side < 2; ++side) {
      const ListRow row(*lists[side], i);
      for (int64_t e = 0; e < sizes[i]; ++e) {
        positions[side].push_back(e < row.size() ? row.begin() + e : -1);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const ElementRows elements, RowsOfSizes(sizes, pool));
  std::vector<ArrayPtr> variables(2);
  for (int side = 0; side < 2; ++side) {
    ARROW_ASSIGN_OR_RAISE(variables[side],
                          GatherValues(AsList(lists[side]).values(), positions[side], pool));
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr result, lambda(elements.rows, variables));
  return MakeList(type, elements.offsets, std::move(validity), result);
}

Result<ExpressionPtr> BindZipWith(Arguments arguments, const BindContext&) {
  const DataTypePtr type = ArrayOf(arguments[2]->type(), arguments[2]->nullable());
  const bool nullable = arguments[0]->nullable() || arguments[1]->nullable();
  return MakeHigherOrderCall(
      "zip_with", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
             const EvaluationContext& context) {
        return ZipWith(type, values, lambdas[0], context.pool);
      });
}

}  // namespace

void RegisterElementwiseFunctions(FunctionRegistry* registry) {
  AddHigherOrder(
      registry, "transform", BindTransform,
      {"transform(array, x -> value | (x, position) -> value) -> array",
       "The function's value for each element.", "transform(array(1, 2, 3), x -> x + 1)"});
  AddHigherOrder(
      registry, "filter", BindFilter,
      {"filter(array, x -> boolean | (x, position) -> boolean) -> array",
       "The elements for which the function is true.", "filter(array(1, 2, 3), x -> x % 2 == 1)"});
  AddHigherOrder(registry, "zip_with", BindZipWith,
                 {"zip_with(array, array, (x, y) -> value) -> array",
                  "The function's value for each pair of elements; the shorter array goes "
                  "on with nulls.",
                  "zip_with(array(1, 2), array(3, 4), (x, y) -> x + y)"});
}

}  // namespace headrace
