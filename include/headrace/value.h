// One value of a row, and what becomes a literal.
//
//   Spark                     C++
//   void                      nullptr, std::nullopt
//   boolean                   bool
//   tinyint .. bigint         int8_t .. int64_t
//   float, double             float, double
//   decimal                   Decimal
//   string                    std::string
//   binary                    Binary
//   date                      Date                (std::chrono::sys_days)
//   timestamp                 Timestamp           (std::chrono::sys_time<microseconds>)
//   timestamp_ntz             TimestampNtz        (std::chrono::local_time<microseconds>)
//   interval day to second    DayTimeInterval     (std::chrono::microseconds)
//   interval year to month    YearMonthInterval
//   array                     Array               (also std::vector<T>)
//   map                       Map                 (also std::map<K, V>)
//   struct                    Row
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace headrace::inline v1 {

class Row;
class Value;

using Date = std::chrono::sys_days;
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using TimestampNtz = std::chrono::local_time<std::chrono::microseconds>;
using DayTimeInterval = std::chrono::microseconds;
using YearMonthInterval = std::chrono::duration<int32_t, std::chrono::months::period>;
using Array = std::vector<Value>;
using Map = std::vector<std::pair<Value, Value>>;

struct Binary {
  std::string bytes;
  bool operator==(const Binary&) const = default;
};

struct Decimal {
  std::string text;  // "1.20": its digits give precision and scale
  bool operator==(const Decimal&) const = default;
};

namespace detail {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

template <typename T>
struct IsMap : std::false_type {};
template <typename K, typename V>
struct IsMap<std::map<K, V>> : std::true_type {};

template <typename T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// Integers that some Spark type holds without loss.
template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !Character<T> &&
                  (std::is_signed_v<T> || sizeof(T) < 8);

template <size_t kBytes>
using SignedOf = std::conditional_t<
    kBytes == 1, int8_t,
    std::conditional_t<kBytes == 2, int16_t, std::conditional_t<kBytes == 4, int32_t, int64_t>>>;

template <Integer T>
using StoredInteger = SignedOf<std::is_signed_v<T> ? sizeof(T) : 2 * sizeof(T)>;

template <typename T>
concept FinerThanDays = !std::same_as<T, std::chrono::days>;

template <typename T>
concept WholeMicroseconds = std::convertible_to<T, std::chrono::microseconds> &&
    std::ratio_less_equal_v<typename T::period, std::chrono::weeks::period>;

template <typename T, typename Other>
concept OtherThan = !std::same_as<T, Other>;

// Throw IllegalArgumentException naming what is there and what was asked for.
[[noreturn]] void ThrowWrongType(const Value& value, const char* wanted);
[[noreturn]] void ThrowOutOfRange(const Value& value, const char* wanted);

}  // namespace detail

class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(std::nullopt_t) {}
  template <std::same_as<bool> T>
  Value(T value) : data_(value) {}
  template <detail::Integer T>
  Value(T value) : data_(static_cast<detail::StoredInteger<T>>(value)) {}
  Value(float value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(Binary binary) : data_(std::move(binary)) {}
  Value(Decimal decimal) : data_(std::move(decimal)) {}
  Value(Date date) : data_(date) {}
  Value(std::chrono::year_month_day date) : data_(Date(date)) {}
  // Finer clocks are cut to microseconds.
  template <detail::FinerThanDays Duration>
  Value(std::chrono::sys_time<Duration> time)
      : data_(std::chrono::floor<std::chrono::microseconds>(time)) {}
  template <typename Duration>
  Value(std::chrono::local_time<Duration> time)
      : data_(std::chrono::floor<std::chrono::microseconds>(time)) {}
  Value(YearMonthInterval interval) : data_(interval) {}
  template <detail::WholeMicroseconds Interval>
  Value(Interval interval) : data_(std::chrono::microseconds(interval)) {}
  Value(Array elements) : data_(std::make_shared<const Array>(std::move(elements))) {}
  Value(Map entries) : data_(std::make_shared<const Map>(std::move(entries))) {}
  Value(Row row);
  template <detail::OtherThan<Value> T>
  Value(const std::vector<T>& elements)
      : data_(std::make_shared<const Array>(elements.begin(), elements.end())) {}
  template <typename K, typename V>
  Value(const std::map<K, V>& entries)
      : data_(std::make_shared<const Map>(entries.begin(), entries.end())) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value.has_value()) *this = Value(*value);
  }

  bool isNull() const { return std::holds_alternative<std::monostate>(data_); }

  // The value as T. Integers and floats widen; std::optional<T> takes nulls; std::vector<T> and
  // std::map<K, V> convert their elements. Anything else than what is there, and a null where T has
  // no room for it, throws IllegalArgumentException.
  template <typename T>
  T get() const;

  // As Spark prints it: NULL, true, 1.5, [1, 2], {a -> 1}, {x, 2}; timestamps in UTC.
  std::string toString() const;

  bool operator==(const Value& other) const;

  using Data = std::variant<std::monostate, bool, int8_t, int16_t, int32_t, int64_t, float, double,
                            std::string, Binary, Decimal, Date, Timestamp, TimestampNtz,
                            DayTimeInterval, YearMonthInterval, std::shared_ptr<const Array>,
                            std::shared_ptr<const Map>, std::shared_ptr<const Row>>;
  const Data& data() const { return data_; }

 private:
  template <typename T>
  T GetInteger() const;
  template <typename T>
  T GetFloating() const;
  template <typename T>
  const T& Stored(const char* wanted) const;
  template <typename T>
  const T& Shared(const char* wanted) const;

  Data data_;
};

template <typename T>
const T& Value::Stored(const char* wanted) const {
  if (const T* value = std::get_if<T>(&data_)) return *value;
  detail::ThrowWrongType(*this, wanted);
}

template <typename T>
const T& Value::Shared(const char* wanted) const {
  return *Stored<std::shared_ptr<const T>>(wanted);
}

template <typename T>
T Value::GetInteger() const {
  int64_t wide;
  if (auto* byte = std::get_if<int8_t>(&data_)) {
    wide = *byte;
  } else if (auto* small = std::get_if<int16_t>(&data_)) {
    wide = *small;
  } else if (auto* integer = std::get_if<int32_t>(&data_)) {
    wide = *integer;
  } else {
    wide = Stored<int64_t>("an integer");
  }
  if (!std::in_range<T>(wide)) detail::ThrowOutOfRange(*this, "the integer type asked for");
  return static_cast<T>(wide);
}

template <typename T>
T Value::GetFloating() const {
  if (auto* single = std::get_if<float>(&data_)) return *single;
  if constexpr (sizeof(T) >= sizeof(double)) {
    return Stored<double>("a floating-point number");
  } else {
    detail::ThrowWrongType(*this, "a float");
  }
}

template <typename T>
T Value::get() const {
  if constexpr (detail::IsOptional<T>::value) {
    if (isNull()) return std::nullopt;
    return get<typename T::value_type>();
  } else if constexpr (std::same_as<T, Value>) {
    return *this;
  } else if constexpr (std::same_as<T, bool>) {
    return Stored<bool>("a boolean");
  } else if constexpr (detail::Integer<T>) {
    return GetInteger<T>();
  } else if constexpr (std::floating_point<T>) {
    return GetFloating<T>();
  } else if constexpr (std::same_as<T, std::string>) {
    return Stored<std::string>("a string");
  } else if constexpr (std::same_as<T, Array>) {
    return Shared<Array>("an array");
  } else if constexpr (std::same_as<T, Map>) {
    return Shared<Map>("a map");
  } else if constexpr (std::same_as<T, Row>) {
    return Shared<Row>("a struct");
  } else if constexpr (detail::IsVector<T>::value) {
    T elements;
    for (const Value& element : Shared<Array>("an array")) {
      elements.push_back(element.template get<typename T::value_type>());
    }
    return elements;
  } else if constexpr (detail::IsMap<T>::value) {
    T entries;
    for (const auto& [key, value] : Shared<Map>("a map")) {
      entries.emplace(key.template get<typename T::key_type>(),
                      value.template get<typename T::mapped_type>());
    }
    return entries;
  } else {
    return Stored<T>("a value of the type asked for");
  }
}

}  // namespace headrace::inline v1
