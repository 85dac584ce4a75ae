// Functions of real numbers: roots, logarithms, powers, angles.
#include <cmath>
#include <numbers>

#include "functions/math/math_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using Function = double (*)(double);

void AddReal(FunctionRegistry* registry, std::vector<std::string> names, Function function,
             const std::string& description, const std::string& argument,
             const std::string& shown = "") {
  const std::string name = names.front();
  AddSimple(registry, std::move(names),
            {name + "(double) -> double", description, name + "(" + argument + ")"},
            {arrow::float64()}, arrow::float64(),
            TotalKernel<double, double>(arrow::float64(),
                                        [function](double value) { return function(value); }),
            NullBehaviour::kPropagates, shown.empty() ? nullptr : DisplayAs(shown));
}

// Null at and below the lower end of the domain.
void AddLogarithm(FunctionRegistry* registry, std::vector<std::string> names, Function function,
                  double above, const std::string& description, const std::string& argument,
                  const std::string& shown) {
  const std::string name = names.front();
  AddSimple(registry, std::move(names),
            {name + "(double) -> double", description, name + "(" + argument + ")"},
            {arrow::float64()}, arrow::float64(),
            RowKernel<double, double>(arrow::float64(),
                                      [function, above](double* out, double value) {
                                        *out = function(value);
                                        return !(value <= above);
                                      }),
            NullBehaviour::kCustom, DisplayAs(shown));
}

void AddConstant(FunctionRegistry* registry, const std::string& name, double value,
                 const std::string& description) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {name + "() -> double", description, name + "()"};
  function.nulls = NullBehaviour::kNeverNull;
  function.display = [name](const std::vector<std::string>&) {
    return (name == "pi" ? "PI" : "E") + std::string("()");
  };
  function.bind = [name, value](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 0));
    return MakeLiteral(std::make_shared<arrow::DoubleScalar>(value));
  };
  registry->Add(std::move(function));
}

double Sign(double value) { return value > 0 ? 1 : (value < 0 ? -1 : value); }
double Cotangent(double value) { return 1 / std::tan(value); }
double Secant(double value) { return 1 / std::cos(value); }
double Cosecant(double value) { return 1 / std::sin(value); }
double ToDegrees(double value) { return value * (180 / std::numbers::pi); }
double ToRadians(double value) { return value * (std::numbers::pi / 180); }
double RoundToEven(double value) { return std::nearbyint(value); }
// As java.lang.Math.asinh is written in Spark.
double InverseSinh(double value) {
  return std::isinf(value) && value < 0 ? value : std::log(value + std::sqrt(value * value + 1));
}
double InverseCosh(double value) { return std::log(value + std::sqrt(value * value - 1)); }
double InverseTanh(double value) { return 0.5 * (std::log1p(value) - std::log1p(-value)); }

Result<ExpressionPtr> BindLog(Arguments arguments, const BindContext& context,
                              const FunctionRegistry& registry) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("log", arguments.size(), 1, 2));
  if (arguments.size() == 1) return registry.Call("ln", std::move(arguments), context);
  for (int i : {0, 1}) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce("log", i, arguments[i], arrow::float64(), context));
  }
  return MakeCall("log", arrow::float64(), true, std::move(arguments),
                  RowKernel<double, double, double>(arrow::float64(),
                                                    [](double* out, double base, double value) {
                                                      *out = std::log(value) / std::log(base);
                                                      return !(base <= 0) && !(value <= 0);
                                                    }));
}

void AddBinary(FunctionRegistry* registry, std::vector<std::string> names,
               double (*function)(double, double), const std::string& description,
               const std::string& arguments, const std::string& shown) {
  const std::string name = names.front();
  AddSimple(registry, std::move(names),
            {name + "(a, b) -> double", description, name + "(" + arguments + ")"},
            {arrow::float64(), arrow::float64()}, arrow::float64(),
            TotalKernel<double, double, double>(
                arrow::float64(),
                [function](double left, double right) { return function(left, right); }),
            NullBehaviour::kPropagates, DisplayAs(shown));
}

double Power(double base, double exponent) {
  // Java: NaN whenever the exponent is, or 1 is raised to infinity.
  if (std::isnan(exponent) || (std::abs(base) == 1 && std::isinf(exponent))) return std::nan("");
  return std::pow(base, exponent);
}
// In extended precision, so that cubes of integers have exact roots as in Java.
double CubeRoot(double value) { return static_cast<double>(cbrtl(value)); }
double ArcTangent2(double y, double x) { return std::atan2(y + 0.0, x + 0.0); }
double Hypotenuse(double a, double b) { return std::hypot(a, b); }

}  // namespace

void RegisterRealFunctions(FunctionRegistry* registry) {
  AddReal(registry, {"sqrt"}, std::sqrt, "Square root; NaN of a negative number.", "4", "SQRT");
  AddReal(registry, {"cbrt"}, CubeRoot, "Cube root.", "27.0", "CBRT");
  AddReal(registry, {"exp"}, std::exp, "e to the power of a number.", "0", "EXP");
  AddReal(registry, {"expm1"}, std::expm1, "exp(a) - 1.", "0", "EXPM1");
  AddReal(registry, {"sin"}, std::sin, "Sine.", "0", "SIN");
  AddReal(registry, {"cos"}, std::cos, "Cosine.", "0", "COS");
  AddReal(registry, {"tan"}, std::tan, "Tangent.", "0", "TAN");
  AddReal(registry, {"cot"}, Cotangent, "Cotangent.", "1", "COT");
  AddReal(registry, {"sec"}, Secant, "Secant.", "0", "SEC");
  AddReal(registry, {"csc"}, Cosecant, "Cosecant.", "1", "CSC");
  AddReal(registry, {"asin"}, std::asin, "Inverse sine.", "0", "ASIN");
  AddReal(registry, {"acos"}, std::acos, "Inverse cosine.", "1", "ACOS");
  AddReal(registry, {"atan"}, std::atan, "Inverse tangent.", "0", "ATAN");
  AddReal(registry, {"sinh"}, std::sinh, "Hyperbolic sine.", "0", "SINH");
  AddReal(registry, {"cosh"}, std::cosh, "Hyperbolic cosine.", "0", "COSH");
  AddReal(registry, {"tanh"}, std::tanh, "Hyperbolic tangent.", "0", "TANH");
  AddReal(registry, {"asinh"}, InverseSinh, "Inverse hyperbolic sine.", "0", "ASINH");
  AddReal(registry, {"acosh"}, InverseCosh, "Inverse hyperbolic cosine.", "1", "ACOSH");
  AddReal(registry, {"atanh"}, InverseTanh, "Inverse hyperbolic tangent.", "0", "ATANH");
  AddReal(registry, {"degrees"}, ToDegrees, "Radians as degrees.", "3.141592653589793", "DEGREES");
  AddReal(registry, {"radians"}, ToRadians, "Degrees as radians.", "180", "RADIANS");
  AddReal(registry, {"rint"}, RoundToEven, "The nearest whole number, halves to the even one.",
          "12.3456", "rint");
  AddReal(registry, {"signum"}, Sign, "-1, 0 or 1.", "40", "SIGNUM");
  AddReal(registry, {"sign"}, Sign, "-1, 0 or 1.", "40", "sign");
  AddLogarithm(registry, {"ln"}, std::log, 0, "Natural logarithm; null from 0 down.", "1", "ln");
  AddLogarithm(registry, {"log2"}, std::log2, 0, "Logarithm to the base 2; null from 0 down.", "2",
               "LOG2");
  AddLogarithm(registry, {"log10"}, std::log10, 0, "Logarithm to the base 10; null from 0 down.",
               "10", "LOG10");
  AddLogarithm(registry, {"log1p"}, std::log1p, -1, "ln(1 + a); null from -1 down.", "0", "LOG1P");
  ScalarFunction log;
  log.names = {"log"};
  log.documentation = {"log([base, ]double) -> double", "Logarithm; natural without a base.",
                       "log(10, 100)"};
  log.nulls = NullBehaviour::kCustom;
  log.display = [](const std::vector<std::string>& arguments) {
    return CallText(arguments.size() == 1 ? "ln" : "LOG", arguments);
  };
  log.bind = [registry](Arguments arguments, const BindContext& context) {
    return BindLog(std::move(arguments), context, *registry);
  };
  registry->Add(std::move(log));
  AddBinary(registry, {"pow"}, Power, "a to the power of b.", "2, 3", "pow");
  AddBinary(registry, {"power"}, Power, "a to the power of b.", "2, 3", "POWER");
  AddBinary(registry, {"atan2"}, ArcTangent2, "The angle of the point (b, a).", "0, 0", "ATAN2");
  AddBinary(registry, {"hypot"}, Hypotenuse, "sqrt(a * a + b * b).", "3, 4", "HYPOT");
  AddConstant(registry, "pi", std::numbers::pi, "π.");
  AddConstant(registry, "e", std::numbers::e, "Euler's number.");
  AddSimple(registry, {"nanvl"},
            {"nanvl(a, b) -> double", "a unless it is NaN, else b.", "nanvl(double('NaN'), 123)"},
            {arrow::float64(), arrow::float64()}, arrow::float64(),
            ColumnKernel(
                [](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
                  arrow::DoubleBuilder builder(context.pool);
                  ARROW_RETURN_NOT_OK(builder.Reserve(columns.rows));
                  const Reader<double> values(columns[0]), others(columns[1]);
                  for (int64_t i = 0; i < columns.rows; ++i) {
                    const bool other = !columns[0].IsNull(i) && std::isnan(values[i]);
                    if (columns[other ? 1 : 0].IsNull(i)) {
                      builder.UnsafeAppendNull();
                    } else {
                      builder.UnsafeAppend(other ? others[i] : values[i]);
                    }
                  }
                  return builder.Finish();
                }));
}

}  // namespace headrace
