#include <cmath>

#include <arrow/util/bitmap_ops.h>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/topics.h"

namespace headrace {
namespace {

void AddConnective(FunctionRegistry* registry, const std::string& name,
                   FunctionDocumentation documentation,
                   ExpressionPtr (*make)(ExpressionPtr, ExpressionPtr)) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  std::string word = name == "and" ? " AND " : " OR ";
  function.display = [word](const std::vector<std::string>& arguments) {
    return "(" + arguments[0] + word + arguments[1] + ")";
  };
  function.bind = [name, make](Arguments arguments,
                               const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
    for (int i = 0; i < 2; ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce(name, i, arguments[i], arrow::boolean(), context));
    }
    return make(std::move(arguments[0]), std::move(arguments[1]));
  };
  registry->Add(std::move(function));
}

// The validity bitmap as values (`valid`), or its complement.
ScalarKernel NullTestKernel(bool valid) {
  return ColumnKernel([valid](const Columns& columns,
                              const EvaluationContext& context) -> Result<ArrayPtr> {
    const arrow::Array& array = *columns[0].array;
    const uint8_t* bitmap = array.null_bitmap_data();
    std::shared_ptr<arrow::Buffer> bits;
    if (array.null_count() == 0 || bitmap == nullptr) {
      const bool all_null = array.null_count() > 0;  // the null type has no bitmap
      ARROW_ASSIGN_OR_RAISE(bits, arrow::AllocateBitmap(columns.rows, context.pool));
      arrow::bit_util::SetBitsTo(bits->mutable_data(), 0, columns.rows, valid != all_null);
    } else if (valid) {
      ARROW_ASSIGN_OR_RAISE(
          bits, arrow::internal::CopyBitmap(context.pool, bitmap, array.offset(), columns.rows));
    } else {
      ARROW_ASSIGN_OR_RAISE(
          bits, arrow::internal::InvertBitmap(context.pool, bitmap, array.offset(), columns.rows));
    }
    return MakeFixedArray(arrow::boolean(), columns.rows, Validity{}, std::move(bits));
  });
}

void AddNullTest(FunctionRegistry* registry, const std::string& name, bool valid,
                 const std::string& words, FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kNeverNull;
  function.display = [words](const std::vector<std::string>& arguments) {
    return "(" + arguments[0] + " " + words + ")";
  };
  function.bind = [name, valid](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
    return MakeCall(name, arrow::boolean(), false, std::move(arguments), NullTestKernel(valid));
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterLogicFunctions(FunctionRegistry* registry) {
  AddConnective(registry, "and",
                {"a AND b -> boolean", "Conjunction in three-valued logic.", "true AND NULL"},
                MakeAnd);
  AddConnective(registry, "or",
                {"a OR b -> boolean", "Disjunction in three-valued logic.", "true OR NULL"},
                MakeOr);
  AddSimple(registry, {"not", "!"}, {"not a -> boolean", "Negation.", "not true"},
            {arrow::boolean()}, arrow::boolean(),
            RowKernel<bool, bool>(arrow::boolean(), [](bool* out, bool value) { *out = !value; }),
            NullBehaviour::kPropagates,
            [](const std::vector<std::string>& arguments) { return "(NOT " + arguments[0] + ")"; });
  AddNullTest(registry, "isnull", false, "IS NULL",
              {"isnull(value) -> boolean", "Whether the value is null.", "isnull(1)"});
  AddNullTest(registry, "isnotnull", true, "IS NOT NULL",
              {"isnotnull(value) -> boolean", "Whether the value is not null.", "isnotnull(1)"});

  ScalarFunction is_nan;
  is_nan.names = {"isnan"};
  is_nan.documentation = {"isnan(number) -> boolean", "Whether the number is NaN.",
                          "isnan(double('NaN'))"};
  is_nan.nulls = NullBehaviour::kNeverNull;
  is_nan.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("isnan", arguments.size(), 1, 1));
    ARROW_ASSIGN_OR_RAISE(arguments[0],
                          Coerce("isnan", 0, arguments[0], arrow::float64(), context));
    return MakeCall(
        "isnan", arrow::boolean(), false, std::move(arguments),
        ColumnKernel(
            [](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
              ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits,
                                    arrow::AllocateEmptyBitmap(columns.rows, evaluation.pool));
              const Reader<double> values(columns[0]);
              for (int64_t i = 0; i < columns.rows; ++i) {
                if (!columns[0].IsNull(i) && std::isnan(values[i])) {
                  arrow::bit_util::SetBit(bits->mutable_data(), i);
                }
              }
              return MakeFixedArray(arrow::boolean(), columns.rows, Validity{}, std::move(bits));
            }));
  };
  registry->Add(std::move(is_nan));
}

}  // namespace headrace
