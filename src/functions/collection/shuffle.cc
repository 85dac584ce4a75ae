// shuffle: the elements of an array in random order.
#include "functions/collection/shuffle.h"

#include <optional>
#include <vector>

#include "functions/collection/list_kernel.h"
#include "functions/math/mersenne_twister.h"
#include "functions/signature.h"

namespace headrace {
namespace {

Result<std::optional<int64_t>> ShuffleSeed(const Arguments& arguments, const BindContext& context) {
  if (arguments.size() < 2) return std::nullopt;
  const Expression& argument = *arguments[1];
  if (argument.foldable() && (IsIntegral(*argument.type()) || IsNullType(*argument.type()))) {
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr seed,
                          MakeCast(arguments[1], arrow::int64(), context.cast_options()));
    ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*seed));
    if (!value->is_valid) return std::nullopt;
    return static_cast<const arrow::Int64Scalar&>(*value).value;
  }
  return AnalysisError(
      "INVALID_PARAMETER_VALUE.LONG",
      "the seed of `shuffle` is a whole number, not \"" + argument.ToString() + "\"",
      {{"functionName", "`shuffle`"},
       {"parameter", "`seed`"},
       {"invalidValue", "\"" + argument.ToString() + "\""}});
}

// The same seed gives the same order as in Spark, which starts each partition with seed +
// partition.
ScalarKernel ShuffleKernel(DataTypePtr type, std::optional<int64_t> seed) {
  return ColumnKernel(
      [type = std::move(type), seed](const Columns& columns,
                                     const EvaluationContext& context) -> Result<ArrayPtr> {
        MersenneTwister random(seed.value_or(static_cast<int64_t>(context.random_seed)) +
                               context.partition);
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        ListColumnBuilder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        std::vector<int32_t> order;
        for (int64_t row = 0; row < columns.rows; ++row) {
          if (!validity.IsValid(row)) {
            builder.AppendNull();
            continue;
          }
          const ListRow list = RowOf(columns[0], row);
          order.resize(static_cast<size_t>(list.size()));
          for (int32_t i = 0; i < list.size(); ++i) {
            const int32_t other = random.Below(i + 1);
            if (other != i) order[i] = order[other];
            order[other] = i;
          }
          for (const int32_t element : order) {
            ARROW_RETURN_NOT_OK(builder.AppendItems(list.values(), list.begin() + element, 1));
          }
          builder.EndRow();
        }
        return builder.Finish();
      });
}

}  // namespace

void RegisterShuffleFunction(FunctionRegistry* registry) {
  ScalarFunction shuffle;
  shuffle.names = {"shuffle"};
  shuffle.documentation = {"shuffle(array[, seed]) -> array",
                           "The elements in random order; the same seed gives the same one.", ""};
  shuffle.deterministic = false;
  shuffle.display = [](const std::vector<std::string>& arguments) {
    return "shuffle(" + (arguments.empty() ? "" : arguments[0]) + ")";
  };
  shuffle.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("shuffle", arguments.size(), 1, 2));
    ARROW_RETURN_NOT_OK(NullToCollection(&arguments[0], false, context));
    ARROW_RETURN_NOT_OK(ElementOf("shuffle", 0, *arguments[0]).status());
    ARROW_ASSIGN_OR_RAISE(const auto seed, ShuffleSeed(arguments, context));
    arguments.resize(1);
    const DataTypePtr type = arguments[0]->type();
    const bool nullable = arguments[0]->nullable();
    return std::make_shared<FunctionCall>("shuffle", type, nullable, std::move(arguments),
                                          ShuffleKernel(type, seed), /*deterministic=*/false);
  };
  registry->Add(std::move(shuffle));
}

}  // namespace headrace
