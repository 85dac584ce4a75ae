// Columns: expressions that DataFrames are asked for.
//
//   col("age") + 1 > 18 && col("name").startswith("A")
//
// The usual operators build expressions; a plain value on either side becomes a literal. && and ||
// bind as in C++ and have no short cut. `==` gives a Column too: compare with `<=>`'s SQL meaning
// (nulls equal) through eqNullSafe.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "headrace/types.h"
#include "headrace/value.h"

namespace headrace::client {
struct ExpressionNode;
}

namespace headrace::inline v1 {

class ColumnOrName;
class ColumnOrValue;
class WindowSpec;

class Column {
 public:
  explicit Column(std::shared_ptr<const client::ExpressionNode> node) : node_(std::move(node)) {}

  Column alias(const std::string& name) const;
  // For generators that make several columns: posexplode, explode of a map, inline.
  Column alias(const std::vector<std::string>& names) const;
  Column name(const std::string& name) const { return alias(name); }

  Column cast(const DataType& type) const;
  Column cast(const std::string& type) const;  // DDL: "bigint", "array<string>"
  Column astype(const std::string& type) const { return cast(type); }
  // Null instead of an error where the value does not fit.
  Column try_cast(const DataType& type) const;
  Column try_cast(const std::string& type) const;

  Column isNull() const;
  Column isNotNull() const;
  Column isNaN() const;
  Column eqNullSafe(const ColumnOrValue& other) const;
  Column like(const std::string& pattern) const;
  Column ilike(const std::string& pattern) const;
  Column rlike(const std::string& pattern) const;
  Column contains(const ColumnOrValue& other) const;
  Column startswith(const ColumnOrValue& other) const;
  Column endswith(const ColumnOrValue& other) const;
  Column startsWith(const ColumnOrValue& other) const;
  Column endsWith(const ColumnOrValue& other) const;
  Column substr(const ColumnOrValue& start, const ColumnOrValue& length) const;
  Column between(const ColumnOrValue& lower, const ColumnOrValue& upper) const;
  Column isin(const std::vector<ColumnOrValue>& values) const;
  template <typename T>
  Column isin(const std::vector<T>& values) const;
  template <typename... Values>
  Column isin(const Values&... values) const;

  Column bitwiseAND(const ColumnOrValue& other) const;
  Column bitwiseOR(const ColumnOrValue& other) const;
  Column bitwiseXOR(const ColumnOrValue& other) const;

  // Ascending order puts nulls first, descending order last, unless told otherwise.
  Column asc() const;
  Column asc_nulls_first() const;
  Column asc_nulls_last() const;
  Column desc() const;
  Column desc_nulls_first() const;
  Column desc_nulls_last() const;

  // An array's element by index, a map's value by key, a struct's field by name.
  Column getItem(const ColumnOrValue& key) const;
  Column getField(const std::string& name) const;
  Column operator[](const ColumnOrValue& key) const;
  Column withField(const std::string& name, const Column& value) const;
  Column dropFields(const std::vector<std::string>& names) const;

  // Goes on after functions::when(): when(c1, v1).when(c2, v2).otherwise(v3).
  Column when(const Column& condition, const ColumnOrValue& value) const;
  Column otherwise(const ColumnOrValue& value) const;

  Column over(const WindowSpec& window) const;

  const std::shared_ptr<const client::ExpressionNode>& node() const { return node_; }

 private:
  std::shared_ptr<const client::ExpressionNode> node_;
};

// A parameter that takes a column, or the name of one: select("word"), upper("word").
class ColumnOrName : public Column {
 public:
  ColumnOrName(Column column) : Column(std::move(column)) {}
  ColumnOrName(const std::string& name);
  ColumnOrName(const char* name) : ColumnOrName(std::string(name)) {}
};

namespace detail {

template <typename T>
concept ValueLike =
    !std::derived_from<std::remove_cvref_t<T>, Column> && std::convertible_to<T, Value>;

}  // namespace detail

// A parameter that takes a column, or a value to compare or compute with: contains("x").
class ColumnOrValue : public Column {
 public:
  ColumnOrValue(Column column) : Column(std::move(column)) {}
  template <detail::ValueLike T>
  ColumnOrValue(T&& value) : ColumnOrValue(OfValue(Value(std::forward<T>(value)))) {}

 private:
  static Column OfValue(const Value& value);
};

template <typename T>
concept ColumnLike = std::convertible_to<const T&, ColumnOrName>;
template <typename T>
concept NameLike = ColumnLike<T> && std::convertible_to<const T&, std::string>;
template <typename T>
concept OperandLike = std::convertible_to<const T&, ColumnOrValue>;

template <typename T>
Column Column::isin(const std::vector<T>& values) const {
  return isin(std::vector<ColumnOrValue>(values.begin(), values.end()));
}

template <typename... Values>
Column Column::isin(const Values&... values) const {
  return isin(std::vector<ColumnOrValue>{ColumnOrValue(values)...});
}

namespace detail {

// What stands beside a Left in an operation of columns: one of both is a column.
template <typename Right, typename Left>
concept OperandWith = OperandLike<Left> && OperandLike<Right> &&
    (std::derived_from<Left, Column> || std::derived_from<Right, Column>);

Column CallBinary(std::string_view function, const ColumnOrValue& left, const ColumnOrValue& right);
Column CallUnary(std::string_view function, const Column& operand);

}  // namespace detail

template <typename Left, detail::OperandWith<Left> Right>
Column operator+(const Left& left, const Right& right) {
  return detail::CallBinary("+", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator-(const Left& left, const Right& right) {
  return detail::CallBinary("-", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator*(const Left& left, const Right& right) {
  return detail::CallBinary("*", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator/(const Left& left, const Right& right) {
  return detail::CallBinary("/", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator%(const Left& left, const Right& right) {
  return detail::CallBinary("%", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator==(const Left& left, const Right& right) {
  return detail::CallBinary("==", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator!=(const Left& left, const Right& right) {
  return detail::CallUnary("not", detail::CallBinary("==", left, right));
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator<(const Left& left, const Right& right) {
  return detail::CallBinary("<", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator<=(const Left& left, const Right& right) {
  return detail::CallBinary("<=", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator>(const Left& left, const Right& right) {
  return detail::CallBinary(">", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator>=(const Left& left, const Right& right) {
  return detail::CallBinary(">=", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator&&(const Left& left, const Right& right) {
  return detail::CallBinary("and", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator||(const Left& left, const Right& right) {
  return detail::CallBinary("or", left, right);
}
// As in PySpark, & and | are logical too.
template <typename Left, detail::OperandWith<Left> Right>
Column operator&(const Left& left, const Right& right) {
  return detail::CallBinary("and", left, right);
}
template <typename Left, detail::OperandWith<Left> Right>
Column operator|(const Left& left, const Right& right) {
  return detail::CallBinary("or", left, right);
}
inline Column operator!(const Column& operand) { return detail::CallUnary("not", operand); }
inline Column operator~(const Column& operand) { return detail::CallUnary("not", operand); }
inline Column operator-(const Column& operand) { return detail::CallUnary("negative", operand); }

}  // namespace headrace::inline v1
