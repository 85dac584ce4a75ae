// Functions over numbers, conditions and nulls.
#include "headrace/functions.h"

#include "base/random.h"
#include "client/expression_node.h"
#include "client/function_arguments.h"

namespace headrace::inline v1::functions {
namespace {

using client::Arguments;
using client::Call;
using client::Literal;

// A query that is analysed twice has to mean the same both times.
Column Seed(std::optional<int64_t> seed) {
  static const std::shared_ptr<Random> random = Random::System();
  return Literal(seed.has_value() ? *seed : static_cast<int64_t>(random->Next()));
}

}  // namespace

Column coalesce(const Columns& columns) { return Call("coalesce", Arguments(columns)); }
Column isnull(const ColumnOrName& column) { return Call("isnull", {column}); }
Column isnotnull(const ColumnOrName& column) { return Call("isnotnull", {column}); }
Column isnan(const ColumnOrName& column) { return Call("isnan", {column}); }
Column nvl(const ColumnOrName& column, const ColumnOrName& fallback) {
  return Call("nvl", {column, fallback});
}
Column ifnull(const ColumnOrName& column, const ColumnOrName& fallback) {
  return Call("ifnull", {column, fallback});
}
Column nullif(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("nullif", {left, right});
}
Column nanvl(const ColumnOrName& column, const ColumnOrName& fallback) {
  return Call("nanvl", {column, fallback});
}
Column greatest(const Columns& columns) { return Call("greatest", Arguments(columns)); }
Column least(const Columns& columns) { return Call("least", Arguments(columns)); }

Column abs(const ColumnOrName& number) { return Call("abs", {number}); }
Column sqrt(const ColumnOrName& number) { return Call("sqrt", {number}); }
Column cbrt(const ColumnOrName& number) { return Call("cbrt", {number}); }
Column exp(const ColumnOrName& number) { return Call("exp", {number}); }
Column log(const ColumnOrName& number) { return Call("ln", {number}); }
Column log10(const ColumnOrName& number) { return Call("log10", {number}); }
Column log2(const ColumnOrName& number) { return Call("log2", {number}); }
Column log1p(const ColumnOrName& number) { return Call("log1p", {number}); }
Column pow(const ColumnOrName& base, const ColumnOrName& exponent) {
  return Call("power", {base, exponent});
}
Column pmod(const ColumnOrName& dividend, const ColumnOrName& divisor) {
  return Call("pmod", {dividend, divisor});
}
Column round(const ColumnOrName& number, int32_t scale) {
  return Call("round", {number, Literal(scale)});
}
Column bround(const ColumnOrName& number, int32_t scale) {
  return Call("bround", {number, Literal(scale)});
}
Column ceil(const ColumnOrName& number) { return Call("ceil", {number}); }
Column floor(const ColumnOrName& number) { return Call("floor", {number}); }
Column rint(const ColumnOrName& number) { return Call("rint", {number}); }
Column signum(const ColumnOrName& number) { return Call("signum", {number}); }
Column sin(const ColumnOrName& number) { return Call("sin", {number}); }
Column cos(const ColumnOrName& number) { return Call("cos", {number}); }
Column tan(const ColumnOrName& number) { return Call("tan", {number}); }
Column asin(const ColumnOrName& number) { return Call("asin", {number}); }
Column acos(const ColumnOrName& number) { return Call("acos", {number}); }
Column atan(const ColumnOrName& number) { return Call("atan", {number}); }
Column atan2(const ColumnOrName& y, const ColumnOrName& x) { return Call("atan2", {y, x}); }
Column degrees(const ColumnOrName& radians) { return Call("degrees", {radians}); }
Column radians(const ColumnOrName& degrees) { return Call("radians", {degrees}); }
Column rand(std::optional<int64_t> seed) { return Call("rand", {Seed(seed)}); }
Column randn(std::optional<int64_t> seed) { return Call("randn", {Seed(seed)}); }

}  // namespace headrace::inline v1::functions
