// Arrays as sets: array_distinct, array_union, array_intersect, array_except, arrays_overlap.
#include <unordered_set>

#include "functions/collection/collection_topics.h"
#include "functions/collection/list_kernel.h"
#include "functions/signature.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

// The elements of a row as keys that are equal iff the elements are (nulls and NaNs included).
class ElementKeys {
 public:
  Status Open(const ListRow& list) {
    return EncodeRows({list.values().Slice(list.begin(), list.size())}, list.size(), &rows_);
  }
  std::string_view key(int64_t element) const { return rows_.row(element); }

 private:
  EncodedRows rows_;
};

// The elements of the first array that `wanted` takes, each once.
enum class SetOperation { kDistinct, kUnion, kIntersect, kExcept };

Status AppendSet(SetOperation operation, const Columns& columns, int64_t i,
                 ListColumnBuilder* builder) {
  ElementKeys left_keys, right_keys;
  std::unordered_set<std::string_view> seen, right;
  const ListRow left = RowOf(columns[0], i);
  ARROW_RETURN_NOT_OK(left_keys.Open(left));
  const bool two = operation != SetOperation::kDistinct;
  const ListRow other = two ? RowOf(columns[1], i) : left;
  if (two) {
    ARROW_RETURN_NOT_OK(right_keys.Open(other));
    for (int64_t e = 0; e < other.size(); ++e) right.insert(right_keys.key(e));
  }
  for (int64_t e = 0; e < left.size(); ++e) {
    const std::string_view key = left_keys.key(e);
    if (operation == SetOperation::kIntersect && !right.contains(key)) continue;
    if (operation == SetOperation::kExcept && right.contains(key)) continue;
    if (!seen.insert(key).second) continue;
    ARROW_RETURN_NOT_OK(builder->AppendItems(left.values(), left.begin() + e, 1));
  }
  if (operation == SetOperation::kUnion) {
    for (int64_t e = 0; e < other.size(); ++e) {
      if (!seen.insert(right_keys.key(e)).second) continue;
      ARROW_RETURN_NOT_OK(builder->AppendItems(other.values(), other.begin() + e, 1));
    }
  }
  return Status::OK();
}

Status CheckArrays(const std::string& name, const Arguments& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    ARROW_RETURN_NOT_OK(ElementOf(name, static_cast<int>(i), *arguments[i]).status());
  }
  return Status::OK();
}

void AddSet(FunctionRegistry* registry, const std::string& name, SetOperation operation,
            FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.bind = [name, operation](Arguments arguments,
                                    const BindContext& context) -> Result<ExpressionPtr> {
    const size_t count = operation == SetOperation::kDistinct ? 1 : 2;
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), count, count));
    ARROW_RETURN_NOT_OK(CheckArrays(name, arguments));
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType(name, &arguments, 0, context));
    const bool nullable = AnyNullable(arguments);
    return MakeCall(name, type, nullable, std::move(arguments),
                    ListKernel(type, [operation](const Columns& columns, int64_t i,
                                                 ListColumnBuilder* builder) {
                      return AppendSet(operation, columns, i, builder);
                    }));
  };
  registry->Add(std::move(function));
}

// True if an element is shared; null if none is but both are non-empty and one holds a null.
bool Overlap(const Columns& columns, int64_t i, bool* null) {
  const ListRow left = RowOf(columns[0], i), right = RowOf(columns[1], i);
  ElementKeys left_keys, right_keys;
  if (!left_keys.Open(left).ok() || !right_keys.Open(right).ok()) return false;
  std::unordered_set<std::string_view> keys;
  bool has_null = false;
  for (int64_t e = 0; e < left.size(); ++e) {
    if (left.IsNull(e)) {
      has_null = true;
    } else {
      keys.insert(left_keys.key(e));
    }
  }
  for (int64_t e = 0; e < right.size(); ++e) {
    if (right.IsNull(e)) {
      has_null = true;
    } else if (keys.contains(right_keys.key(e))) {
      return true;
    }
  }
  *null = has_null && left.size() > 0 && right.size() > 0;
  return false;
}

}  // namespace

void RegisterArraySetFunctions(FunctionRegistry* registry) {
  AddSet(registry, "array_distinct", SetOperation::kDistinct,
         {"array_distinct(array) -> array", "The elements without repetitions.",
          "array_distinct(array(1, 2, 3, NULL, 3))"});
  AddSet(registry, "array_union", SetOperation::kUnion,
         {"array_union(a, b) -> array", "The elements of either array, each once.",
          "array_union(array(1, 2, 3), array(1, 3, 5))"});
  AddSet(registry, "array_intersect", SetOperation::kIntersect,
         {"array_intersect(a, b) -> array", "The elements of both arrays, each once.",
          "array_intersect(array(1, 2, 3), array(1, 3, 5))"});
  AddSet(registry, "array_except", SetOperation::kExcept,
         {"array_except(a, b) -> array", "The elements of a that are not in b, each once.",
          "array_except(array(1, 2, 3), array(1, 3, 5))"});
  ScalarFunction overlap;
  overlap.names = {"arrays_overlap"};
  overlap.documentation = {"arrays_overlap(a, b) -> boolean",
                           "Whether two arrays share an element that is not null.",
                           "arrays_overlap(array(1, 2, 3), array(3, 4, 5))"};
  overlap.nulls = NullBehaviour::kCustom;
  overlap.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("arrays_overlap", arguments.size(), 2, 2));
    ARROW_RETURN_NOT_OK(CheckArrays("arrays_overlap", arguments));
    ARROW_RETURN_NOT_OK(CoerceToCommonType("arrays_overlap", &arguments, 0, context).status());
    return MakeCall("arrays_overlap", arrow::boolean(), true, std::move(arguments),
                    ListValueKernel<bool>(arrow::boolean(), Overlap));
  };
  registry->Add(std::move(overlap));
}

}  // namespace headrace
