#include "client/literal_message.h"

#include <arrow/util/decimal.h>

#include "headrace/row.h"

#include "client/exception_factory.h"

namespace headrace::client {
namespace {

using Literal = messages::Expression::Literal;

// False for what is no literal.
struct LiteralWriter {
  Literal* literal;

  bool operator()(std::monostate) const {
    literal->mutable_null()->mutable_null();
    return true;
  }
  bool operator()(bool value) const {
    literal->set_boolean(value);
    return true;
  }
  bool operator()(int8_t value) const {
    literal->set_byte(value);
    return true;
  }
  bool operator()(int16_t value) const {
    literal->set_short_(value);
    return true;
  }
  bool operator()(int32_t value) const {
    literal->set_integer(value);
    return true;
  }
  bool operator()(int64_t value) const {
    literal->set_long_(value);
    return true;
  }
  bool operator()(float value) const {
    literal->set_float_(value);
    return true;
  }
  bool operator()(double value) const {
    literal->set_double_(value);
    return true;
  }
  bool operator()(const std::string& value) const {
    literal->set_string(value);
    return true;
  }
  bool operator()(const Binary& value) const {
    literal->set_binary(value.bytes);
    return true;
  }
  bool operator()(const Decimal& value) const {
    DecimalSize size = SizeOf(value);
    literal->mutable_decimal()->set_value(value.text);
    literal->mutable_decimal()->set_precision(size.precision);
    literal->mutable_decimal()->set_scale(size.scale);
    return true;
  }
  bool operator()(Date value) const {
    literal->set_date(static_cast<int32_t>(value.time_since_epoch().count()));
    return true;
  }
  bool operator()(Timestamp value) const {
    literal->set_timestamp(value.time_since_epoch().count());
    return true;
  }
  bool operator()(TimestampNtz value) const {
    literal->set_timestamp_ntz(value.time_since_epoch().count());
    return true;
  }
  bool operator()(DayTimeInterval value) const {
    literal->set_day_time_interval(value.count());
    return true;
  }
  bool operator()(YearMonthInterval value) const {
    literal->set_year_month_interval(value.count());
    return true;
  }
  bool operator()(const std::shared_ptr<const Array>&) const { return false; }
  bool operator()(const std::shared_ptr<const Map>&) const { return false; }
  bool operator()(const std::shared_ptr<const Row>&) const { return false; }
};

void WriteRow(const Row& row, messages::Expression::UnresolvedFunction* function) {
  const bool named = row.names().size() == row.size();
  function->set_function_name(named ? "named_struct" : "struct");
  for (size_t i = 0; i < row.size(); ++i) {
    if (named) function->add_arguments()->mutable_literal()->set_string(row.names()[i]);
    WriteValue(row[i], function->add_arguments());
  }
}

}  // namespace

void WriteValue(const Value& value, messages::Expression* expression) {
  if (std::visit(LiteralWriter{expression->mutable_literal()}, value.data())) return;
  auto* function = expression->mutable_unresolved_function();
  if (auto* elements = std::get_if<std::shared_ptr<const Array>>(&value.data())) {
    function->set_function_name("array");
    for (const Value& element : **elements) WriteValue(element, function->add_arguments());
  } else if (auto* entries = std::get_if<std::shared_ptr<const Map>>(&value.data())) {
    function->set_function_name("map");
    for (const auto& [key, entry] : **entries) {
      WriteValue(key, function->add_arguments());
      WriteValue(entry, function->add_arguments());
    }
  } else {
    WriteRow(*std::get<std::shared_ptr<const Row>>(value.data()), function);
  }
}

void WriteLiteral(const Value& value, const char* place, Literal* literal) {
  if (std::visit(LiteralWriter{literal}, value.data())) return;
  ThrowIllegalArgument("UNSUPPORTED_LITERAL", std::string(place) +
                                                  " takes single values, not the array, map or "
                                                  "struct " +
                                                  value.toString() + ".");
}

DecimalSize SizeOf(const Decimal& decimal) {
  arrow::Decimal128 number;
  DecimalSize size{};
  const auto status =
      arrow::Decimal128::FromString(decimal.text, &number, &size.precision, &size.scale);
  if (!status.ok()) {
    ThrowIllegalArgument(
        "CANNOT_PARSE_DECIMAL",
        "\"" + decimal.text + "\" is no decimal number of at most 38 digits, like \"-12.50\".");
  }
  return size;
}

}  // namespace headrace::client
