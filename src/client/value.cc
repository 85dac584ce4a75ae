#include "headrace/value.h"

#include "headrace/row.h"

#include "client/exception_factory.h"
#include "types/time.h"
#include "types/value_text.h"

namespace headrace::inline v1 {
namespace {

constexpr size_t kLongestValueInMessage = 60;

std::string TextForMessage(const Value& value) {
  std::string text = value.toString();
  if (text.size() > kLongestValueInMessage) text = text.substr(0, kLongestValueInMessage) + "…";
  return text;
}

const char* KindName(const Value& value) {
  static constexpr const char* kNames[] = {"null",
                                           "a boolean",
                                           "a byte",
                                           "a short",
                                           "an integer",
                                           "a long",
                                           "a float",
                                           "a double",
                                           "a string",
                                           "binary",
                                           "a decimal",
                                           "a date",
                                           "a timestamp",
                                           "a timestamp_ntz",
                                           "a day-time interval",
                                           "a year-month interval",
                                           "an array",
                                           "a map",
                                           "a struct"};
  static_assert(std::size(kNames) == std::variant_size_v<Value::Data>);
  return kNames[value.data().index()];
}

void Append(const Value& value, std::string* out);

void AppendBinary(const std::string& bytes, std::string* out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  *out += '[';
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) *out += ' ';
    auto byte = static_cast<unsigned char>(bytes[i]);
    *out += kDigits[byte >> 4];
    *out += kDigits[byte & 15];
  }
  *out += ']';
}

struct Appender {
  std::string* out;

  void operator()(std::monostate) const { *out += "NULL"; }
  void operator()(bool value) const { *out += value ? "true" : "false"; }
  template <std::signed_integral T>
  void operator()(T value) const {
    *out += std::to_string(value);
  }
  void operator()(float value) const { AppendFloat(value, out); }
  void operator()(double value) const { AppendDouble(value, out); }
  void operator()(const std::string& value) const { *out += value; }
  void operator()(const Binary& value) const { AppendBinary(value.bytes, out); }
  void operator()(const Decimal& value) const { *out += value.text; }
  void operator()(Date value) const {
    AppendDate(static_cast<int32_t>(value.time_since_epoch().count()), out);
  }
  void operator()(Timestamp value) const {
    AppendTimestamp(value.time_since_epoch().count(), *TimeZone::Utc(), out);
  }
  void operator()(TimestampNtz value) const {
    AppendTimestamp(value.time_since_epoch().count(), *TimeZone::Utc(), out);
  }
  void operator()(DayTimeInterval value) const { *out += std::to_string(value.count()) + "us"; }
  void operator()(YearMonthInterval value) const {
    *out += std::to_string(value.count()) + " months";
  }
  void operator()(const std::shared_ptr<const Array>& elements) const {
    *out += '[';
    const char* separator = "";
    for (const Value& element : *elements) {
      *out += separator;
      Append(element, out);
      separator = ", ";
    }
    *out += ']';
  }
  void operator()(const std::shared_ptr<const Map>& entries) const {
    *out += '{';
    const char* separator = "";
    for (const auto& [key, value] : *entries) {
      *out += separator;
      Append(key, out);
      *out += " -> ";
      Append(value, out);
      separator = ", ";
    }
    *out += '}';
  }
  void operator()(const std::shared_ptr<const Row>& row) const {
    *out += '{';
    const char* separator = "";
    for (const Value& value : row->values()) {
      *out += separator;
      Append(value, out);
      separator = ", ";
    }
    *out += '}';
  }
};

void Append(const Value& value, std::string* out) { std::visit(Appender{out}, value.data()); }

template <typename T>
bool SamePointee(const std::shared_ptr<const T>& left, const std::shared_ptr<const T>& right) {
  return left == right || *left == *right;
}

}  // namespace

namespace detail {

void ThrowWrongType(const Value& value, const char* wanted) {
  client::ThrowIllegalArgument(
      "CANNOT_ACCEPT_OBJECT_IN_TYPE",
      "The value " + TextForMessage(value) + " is " + KindName(value) + ", not " + wanted +
          (value.isNull() ? ". Ask for a std::optional where nulls may be." : "."));
}

void ThrowOutOfRange(const Value& value, const char* wanted) {
  client::ThrowIllegalArgument("VALUE_OUT_OF_BOUNDS", "The value " + TextForMessage(value) +
                                                          " does not fit into " + wanted + ".");
}

}  // namespace detail

Value::Value(Row row) : data_(std::make_shared<const Row>(std::move(row))) {}

std::string Value::toString() const {
  std::string text;
  Append(*this, &text);
  return text;
}

bool Value::operator==(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  return std::visit(
      [&other]<typename T>(const T& left) {
        const T& right = std::get<T>(other.data_);
        if constexpr (requires { SamePointee(left, right); }) {
          return SamePointee(left, right);
        } else {
          return left == right;
        }
      },
      data_);
}

}  // namespace headrace::inline v1
