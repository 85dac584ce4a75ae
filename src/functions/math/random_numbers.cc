// rand, randn, uuid: fresh for each row.
#include <random>

#include "functions/math/math_topics.h"
#include "functions/math/xor_shift.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

using Draw = double (XorShift::*)();

void AddRandom(FunctionRegistry* registry, std::vector<std::string> names, Draw draw,
               const std::string& description) {
  ScalarFunction function;
  function.names = std::move(names);
  const std::string name = function.names.front();
  function.documentation = {name + "([seed]) -> double", description, ""};
  function.nulls = NullBehaviour::kNeverNull;
  function.deterministic = false;
  function.display = DisplayAs(name);
  function.bind = [name, draw](Arguments arguments,
                               const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 1));
    std::optional<int64_t> seed;
    if (arguments.size() == 1) {
      ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::int64(), context));
      ARROW_ASSIGN_OR_RAISE(auto scalar, ConstantArgument(name, "seed", *arguments[0]));
      if (scalar->is_valid) seed = static_cast<const arrow::Int64Scalar&>(*scalar).value;
    }
    auto kernel = [draw, seed](const std::vector<Datum>&, int64_t length,
                               const EvaluationContext& evaluation) -> Result<Datum> {
      // Spark starts each partition of each batch with seed + partition.
      XorShift generator(seed.value_or(static_cast<int64_t>(evaluation.random_seed)) +
                         evaluation.partition);
      arrow::DoubleBuilder builder(evaluation.pool);
      ARROW_RETURN_NOT_OK(builder.Reserve(length));
      for (int64_t i = 0; i < length; ++i) builder.UnsafeAppend((generator.*draw)());
      ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
      return Datum(std::move(array));
    };
    return std::make_shared<FunctionCall>(name, arrow::float64(), false, Arguments{},
                                          std::move(kernel), /*deterministic=*/false);
  };
  registry->Add(std::move(function));
}

void AddUuid(FunctionRegistry* registry) {
  ScalarFunction function;
  function.names = {"uuid"};
  function.documentation = {"uuid() -> string", "A random UUID.", ""};
  function.nulls = NullBehaviour::kNeverNull;
  function.deterministic = false;
  function.bind = [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("uuid", arguments.size(), 0, 1));
    auto kernel = [](const std::vector<Datum>&, int64_t length,
                     const EvaluationContext& context) -> Result<Datum> {
      std::mt19937_64 generator(context.random_seed ^ HashInt64(context.partition));
      arrow::StringBuilder builder(context.pool);
      for (int64_t i = 0; i < length; ++i) {
        const uint64_t words[2] = {(generator() & ~0xF000ULL) | 0x4000ULL,
                                   (generator() & ~(3ULL << 62)) | 2ULL << 62};
        std::string text;
        for (int digit = 0; digit < 32; ++digit) {
          if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text.push_back('-');
          text.push_back("0123456789abcdef"[words[digit / 16] >> (60 - digit % 16 * 4) & 15]);
        }
        ARROW_RETURN_NOT_OK(builder.Append(text));
      }
      ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
      return Datum(std::move(array));
    };
    return std::make_shared<FunctionCall>("uuid", arrow::utf8(), false, Arguments{},
                                          std::move(kernel), /*deterministic=*/false);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterRandomFunctions(FunctionRegistry* registry) {
  AddRandom(registry, {"rand", "random"}, &XorShift::NextDouble, "A random number from 0 to 1.");
  AddRandom(registry, {"randn"}, &XorShift::NextGaussian,
            "A random number of the standard normal distribution.");
  AddUuid(registry);
}

}  // namespace headrace
