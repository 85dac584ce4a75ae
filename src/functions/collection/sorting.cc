// sort_array (nulls first ascending, last descending) and array_sort (nulls last).
#include <algorithm>

#include "functions/collection/collection_topics.h"
#include "functions/collection/list_kernel.h"
#include "functions/compare_values.h"
#include "functions/higher_order/higher_order_topics.h"
#include "functions/signature.h"

namespace headrace {
namespace {

Status AppendSorted(const ListRow& list, bool ascending, bool nulls_first,
                    ListColumnBuilder* builder) {
  std::vector<int64_t> order;
  int64_t nulls = 0;
  for (int64_t e = 0; e < list.size(); ++e) {
    if (list.IsNull(e)) {
      ++nulls;
    } else {
      order.push_back(list.begin() + e);
    }
  }
  const arrow::Array& values = list.values();
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const int compared = CompareValues(values, a, values, b);
    return ascending ? compared < 0 : compared > 0;
  });
  const auto append_nulls = [&]() -> Status {
    for (int64_t k = 0; k < nulls; ++k) ARROW_RETURN_NOT_OK(builder->AppendNullItem());
    return Status::OK();
  };
  if (nulls_first) ARROW_RETURN_NOT_OK(append_nulls());
  for (const int64_t e : order) ARROW_RETURN_NOT_OK(builder->AppendItems(values, e, 1));
  return nulls_first ? Status::OK() : append_nulls();
}

Result<ExpressionPtr> BindSort(const std::string& name, Arguments arguments,
                               const BindContext& context) {
  const bool sort_array = name == "sort_array";
  ARROW_ASSIGN_OR_RAISE(FieldPtr element, ElementOf(name, 0, *arguments[0]));
  if (!IsOrderable(*element->type())) {
    return UnexpectedInputType(name, 0, "ARRAY of an orderable type", *arguments[0]);
  }
  if (arguments.size() > 1) {
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::boolean(), context));
  }
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      name, type, nullable, std::move(arguments),
      ListKernel(type, [sort_array](const Columns& columns, int64_t i, ListColumnBuilder* builder) {
        const bool ascending = columns.size() < 2 || Reader<bool>(columns[1])[i];
        return AppendSorted(RowOf(columns[0], i), ascending, sort_array && ascending, builder);
      }));
}

}  // namespace

void RegisterSortFunctions(FunctionRegistry* registry) {
  ScalarFunction sort;
  sort.names = {"sort_array"};
  sort.documentation = {"sort_array(array[, ascending]) -> array",
                        "The elements in order; nulls first when ascending, else last.",
                        "sort_array(array('b', 'd', NULL, 'c', 'a'), true)"};
  sort.display = [](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 1) shown.push_back("true");
    return CallText("sort_array", shown);
  };
  sort.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("sort_array", arguments.size(), 1, 2));
    return BindSort("sort_array", std::move(arguments), context);
  };
  registry->Add(std::move(sort));
  ScalarFunction array_sort;
  array_sort.names = {"array_sort"};
  array_sort.documentation = {"array_sort(array[, (left, right) -> int]) -> array",
                              "The elements in ascending order, nulls last, or in the order of a "
                              "comparator that gives a number below, equal to or above 0.",
                              "array_sort(array('b', 'd', NULL, 'c', 'a'))"};
  // Spark sorts by a comparator of its own where none is given, and shows it.
  array_sort.display = [](std::vector<std::string> arguments) {
    if (arguments.size() == 1) {
      const std::string x = "namedlambdavariable()";
      arguments.push_back("lambdafunction((IF(((" + x + " IS NULL) AND (" + x +
                          " IS NULL)), 0, (IF((" + x + " IS NULL), 1, (IF((" + x +
                          " IS NULL), -1, (IF((" + x + " < " + x + "), -1, (IF((" + x + " > " + x +
                          "), 1, 0)))))))))), " + x + ", " + x + ")");
    }
    return CallText("array_sort", arguments);
  };
  array_sort.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("array_sort", arguments.size(), 1, 2));
    if (arguments.size() == 2) return BindComparatorSort(std::move(arguments));
    return BindSort("array_sort", std::move(arguments), context);
  };
  registry->Add(std::move(array_sort));
}

}  // namespace headrace
