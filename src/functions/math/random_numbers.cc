// rand, randn, uniform, randstr, uuid: fresh for each row.
#include <array>
#include <cstdlib>
#include <optional>
#include <random>

#include "functions/ansi_errors.h"
#include "functions/math/math_topics.h"
#include "functions/math/xor_shift.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

using Draw = double (XorShift::*)();

// Spark starts each partition of each batch with seed + partition.
XorShift GeneratorFor(const EvaluationContext& context, std::optional<int64_t> seed) {
  return XorShift(seed.value_or(static_cast<int64_t>(context.random_seed)) + context.partition);
}

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
      XorShift generator = GeneratorFor(evaluation, seed);
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

Status NotFoldable(const std::string& function, const std::string& name, const std::string& type,
                   const Expression& argument) {
  return AnalysisError(
      "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
      "the " + name + " of `" + function + "` is a constant, not \"" + argument.ToString() + "\"",
      {{"inputName", "`" + name + "`"},
       {"inputType", type},
       {"inputExpr", "\"" + argument.ToString() + "\""}});
}

// The seed behind the other arguments, which is a constant whole number. A null is a 0.
Result<std::optional<int64_t>> SeedArgument(const std::string& function, size_t index,
                                            const Arguments& arguments,
                                            const BindContext& context) {
  if (arguments.size() <= index) return std::nullopt;
  if (!arguments[index]->foldable()) {
    return NotFoldable(function, "seed", "integer", *arguments[index]);
  }
  ARROW_ASSIGN_OR_RAISE(
      const ExpressionPtr seed,
      Coerce(function, static_cast<int>(index), arguments[index], arrow::int64(), context));
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*seed));
  return value->is_valid ? static_cast<const arrow::Int64Scalar&>(*value).value : 0;
}

// The type of the numbers between two of these types; null: one of them is no number.
DataTypePtr UniformType(const DataTypePtr& least, const DataTypePtr& most) {
  if (least->id() == arrow::Type::NA || most->id() == arrow::Type::NA) return arrow::float64();
  if (!IsNumeric(*least) || !IsNumeric(*most)) return nullptr;
  for (const arrow::Type::type wide : {arrow::Type::DOUBLE, arrow::Type::FLOAT}) {
    if (least->id() == wide || most->id() == wide) {
      return wide == arrow::Type::DOUBLE ? arrow::float64() : arrow::float32();
    }
  }
  if (most->id() == arrow::Type::DECIMAL128) return most;
  if (least->id() == arrow::Type::DECIMAL128) return least;
  return CommonType(least, most, true);
}

Result<ExpressionPtr> BindUniform(Arguments arguments, const BindContext& context) {
  const std::string name = "uniform";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 3));
  const DataTypePtr type = UniformType(arguments[0]->type(), arguments[1]->type());
  std::array<double, 2> ends{};
  bool null = false;
  for (int i = 0; i < 2; ++i) {
    const Expression& argument = *arguments[i];
    if (type == nullptr && !IsNumeric(*argument.type())) {
      return UnexpectedInputType(name, i, "NUMERIC", argument);
    }
    if (!argument.foldable()) {
      return NotFoldable(name, i == 0 ? "min" : "max", "integer or floating-point", argument);
    }
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr number,
                          MakeCast(arguments[i], arrow::float64(), context.cast_options()));
    ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*number));
    null |= !value->is_valid;
    if (value->is_valid) ends[i] = static_cast<const arrow::DoubleScalar&>(*value).value;
  }
  ARROW_ASSIGN_OR_RAISE(const auto seed, SeedArgument(name, 2, arguments, context));
  if (null) return MakeLiteral(arrow::MakeNullScalar(type));
  auto kernel = [ends, seed, type, options = context.cast_options()](
                    const std::vector<Datum>&, int64_t length,
                    const EvaluationContext& evaluation) -> Result<Datum> {
    XorShift generator = GeneratorFor(evaluation, seed);
    arrow::DoubleBuilder builder(evaluation.pool);
    ARROW_RETURN_NOT_OK(builder.Reserve(length));
    for (int64_t i = 0; i < length; ++i) {
      builder.UnsafeAppend(ends[0] + (ends[1] - ends[0]) * generator.NextDouble());
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr numbers, builder.Finish());
    return CastValues(numbers, type, options);
  };
  return std::make_shared<FunctionCall>(name, type, false, Arguments{}, std::move(kernel),
                                        /*deterministic=*/false);
}

Result<ExpressionPtr> BindRandomText(Arguments arguments, const BindContext& context) {
  const std::string name = "randstr";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 2));
  if (!arguments[0]->foldable()) return NotFoldable(name, "length", "integer", *arguments[0]);
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr number,
                        Coerce(name, 0, arguments[0], arrow::int32(), context));
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*number));
  const int32_t size = value->is_valid ? static_cast<const arrow::Int32Scalar&>(*value).value : 0;
  ARROW_ASSIGN_OR_RAISE(const auto seed, SeedArgument(name, 1, arguments, context));
  auto kernel = [size, seed](const std::vector<Datum>&, int64_t length,
                             const EvaluationContext& evaluation) -> Result<Datum> {
    if (size < 0) {
      return InvalidParameterValue("LENGTH", "randstr", "length",
                                   "a length is at least 0, not " + std::to_string(size),
                                   {{"length", std::to_string(size)}});
    }
    static constexpr char kLetters[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    XorShift generator = GeneratorFor(evaluation, seed);
    arrow::StringBuilder builder(evaluation.pool);
    std::string text(static_cast<size_t>(size), ' ');
    for (int64_t i = 0; i < length; ++i) {
      for (char& c : text) c = kLetters[std::abs(generator.NextInt() % 62)];
      ARROW_RETURN_NOT_OK(builder.Append(text));
    }
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return Datum(std::move(array));
  };
  return std::make_shared<FunctionCall>(name, arrow::utf8(), false, Arguments{}, std::move(kernel),
                                        /*deterministic=*/false);
}

void AddSeeded(FunctionRegistry* registry, const std::string& name, const std::string& signature,
               const std::string& description,
               Result<ExpressionPtr> (*bind)(Arguments arguments, const BindContext& context)) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {signature, description, ""};
  function.nulls = NullBehaviour::kNeverNull;
  function.deterministic = false;
  function.bind = bind;
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
  AddSeeded(registry, "uniform", "uniform(min, max[, seed]) -> number",
            "A random number from min to max.", BindUniform);
  AddSeeded(registry, "randstr", "randstr(length[, seed]) -> string",
            "A random text of letters and digits.", BindRandomText);
  AddUuid(registry);
}

}  // namespace headrace
