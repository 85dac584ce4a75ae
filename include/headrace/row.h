// A row of a result, or one to make a DataFrame of.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "headrace/value.h"

namespace headrace::inline v1 {

namespace detail {

template <typename T>
concept NoRow = !std::same_as<std::remove_cvref_t<T>, Row> && std::constructible_from<Value, T>;

}  // namespace detail

class Row {
 public:
  Row() = default;
  // Row("a", 1, nullptr): values only, names come from a schema.
  template <detail::NoRow First, typename... Rest>
  explicit Row(First&& first, Rest&&... rest)
      : values_{Value(std::forward<First>(first)), Value(std::forward<Rest>(rest))...} {}
  // As many values as the vector has; rows of one result share their names.
  static Row of(std::vector<Value> values,
                std::shared_ptr<const std::vector<std::string>> names = nullptr) {
    Row row;
    row.names_ = std::move(names);
    row.values_ = std::move(values);
    return row;
  }

  size_t size() const { return values_.size(); }
  const std::vector<Value>& values() const { return values_; }
  // Empty for a row without names.
  const std::vector<std::string>& names() const;

  // Unknown positions and names throw IllegalArgumentException naming what there is.
  const Value& operator[](size_t position) const;
  const Value& operator[](const std::string& name) const;

  template <typename T>
  T get(size_t position) const {
    return (*this)[position].get<T>();
  }
  template <typename T>
  T get(const std::string& name) const {
    return (*this)[name].get<T>();
  }
  bool isNull(size_t position) const { return (*this)[position].isNull(); }
  bool isNull(const std::string& name) const { return (*this)[name].isNull(); }

  bool getBoolean(size_t position) const { return get<bool>(position); }
  int32_t getInt(size_t position) const { return get<int32_t>(position); }
  int64_t getLong(size_t position) const { return get<int64_t>(position); }
  double getDouble(size_t position) const { return get<double>(position); }
  std::string getString(size_t position) const { return get<std::string>(position); }

  // Row(word=a, count=1)
  std::string toString() const;

  // Rows are equal when their values are, whatever the names.
  bool operator==(const Row& other) const { return values_ == other.values_; }

 private:
  std::shared_ptr<const std::vector<std::string>> names_;
  std::vector<Value> values_;
};

std::ostream& operator<<(std::ostream& out, const Value& value);
std::ostream& operator<<(std::ostream& out, const Row& row);

}  // namespace headrace::inline v1
