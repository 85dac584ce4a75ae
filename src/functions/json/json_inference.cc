#include "functions/json/json_inference.h"

#include <map>

#include <arrow/util/decimal.h>

#include "functions/json/json_decoder.h"
#include "functions/json/json_normalizer.h"
#include "functions/json/json_text.h"

namespace headrace {
namespace {

bool IsDecimal(const DataType& type) { return type.id() == arrow::Type::DECIMAL128; }

DataTypePtr StructOf(const std::map<std::string, DataTypePtr>& fields) {
  std::vector<FieldPtr> made;
  for (const auto& [name, type] : fields) made.push_back(arrow::field(name, type));
  return arrow::struct_(std::move(made));
}

// What was null everywhere is a string. Null when there is nothing that a column could hold, such
// as an object without fields.
DataTypePtr CanonicalColumn(const DataTypePtr& type, bool drop_nulls) {
  switch (type->id()) {
    case arrow::Type::NA:
      return drop_nulls ? nullptr : arrow::utf8();
    case arrow::Type::LIST: {
      auto element = CanonicalColumn(type->field(0)->type(), drop_nulls);
      return element ? ArrayOf(std::move(element)) : nullptr;
    }
    case arrow::Type::STRUCT: {
      std::vector<FieldPtr> fields;
      for (const FieldPtr& field : type->fields()) {
        auto child = CanonicalColumn(field->type(), drop_nulls);
        if (child && !field->name().empty()) fields.push_back(field->WithType(std::move(child)));
      }
      return fields.empty() ? nullptr : arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

DataTypePtr NumberType(const JsonNumberToken& number, bool prefers_decimal) {
  int64_t ignored;
  if (number.kind == JsonNumberKind::kInteger) {
    if (ParseJsonInteger(number.text, &ignored)) return arrow::int64();
    const size_t digits = number.text.size() - (number.text[0] == '-' ? 1 : 0);
    if (digits <= 38) return arrow::decimal128(static_cast<int32_t>(digits), 0);
    return arrow::float64();
  }
  if (number.kind == JsonNumberKind::kFloat && prefers_decimal) {
    arrow::Decimal128 value;
    int32_t precision, scale;
    // 1e-44 is a Decimal128, but of no type that a column can have.
    if (arrow::Decimal128::FromString(number.text, &value, &precision, &scale).ok() && scale >= 0 &&
        scale <= arrow::Decimal128Type::kMaxPrecision) {
      return arrow::decimal128(std::max(precision, scale), scale);
    }
  }
  return arrow::float64();
}

bool IsTimestamp(const std::string& text, const JsonReadOptions& options) {
  const auto time = options.timestamp_pattern
                        ? options.timestamp_pattern->ParseMicros(text, *options.zone, /*ntz=*/false)
                        : ParseTimestamp(text, *options.zone);
  return time.has_value();
}

}  // namespace

JsonInference::JsonInference(const JsonReadOptions& options)
    : options_(options), reader_(options_), type_(arrow::null()) {}

bool JsonInference::Add(std::string_view text) {
  buffer_.assign(text);
  buffer_.append(static_cast<size_t>(kJsonPadding), ' ');
  if (AddStrict(std::string_view(buffer_).substr(0, text.size()))) return true;
  std::string normal, reason;
  if (NormalizeJson(text, options_, &normal, &reason)) {
    const size_t length = normal.size();
    normal.append(static_cast<size_t>(kJsonPadding), ' ');
    if (AddStrict(std::string_view(normal).substr(0, length))) return true;
  }
  ++malformed_count_;
  return false;
}

bool JsonInference::AddStrict(std::string_view padded) {
  if (!index_.Build(padded.data(), padded.size())) return false;
  JsonCursor cursor;
  cursor.text = padded.data();
  cursor.token = index_.begin();
  cursor.limit = static_cast<uint32_t>(padded.size());
  DataTypePtr type;
  if (!Infer(&cursor, &type, 0)) return false;
  if (options_.array_as_rows) {
    if (type->id() == arrow::Type::LIST) type = type->field(0)->type();
    // Only objects are records.
    if (type->id() != arrow::Type::STRUCT && type->id() != arrow::Type::NA) return false;
  }
  type_ = Merge(type_, type);
  return true;
}

bool JsonInference::Infer(JsonCursor* cursor, DataTypePtr* type, int depth) {
  if (depth > kJsonDeepest) return false;
  const char first = cursor->Peek();
  if (first == '{' || first == '[') {
    const char close = first == '{' ? '}' : ']';
    std::map<std::string, DataTypePtr> fields;
    DataTypePtr element = arrow::null();
    cursor->Next();
    bool done = cursor->Peek() == close;
    if (done) cursor->Next();
    while (!done) {
      std::string name;
      if (first == '{') {
        if (cursor->Peek() != '"') return false;
        const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
        if (token.end == nullptr || !UnescapeJson(token.raw(), &name)) return false;
        cursor->Next();
        if (cursor->Peek() != ':') return false;
        cursor->Next();
      }
      DataTypePtr value;
      if (!Infer(cursor, &value, depth + 1)) return false;
      if (first == '{') {
        auto [at, fresh] = fields.try_emplace(std::move(name), value);
        if (!fresh) at->second = Merge(at->second, value);
      } else {
        element = Merge(element, value);
      }
      const char next = cursor->Peek();
      cursor->Next();
      if (next != ',' && next != close) return false;
      done = next == close;
    }
    *type = first == '{' ? StructOf(fields) : ArrayOf(std::move(element));
    return true;
  }
  const char* const at = cursor->at();
  if (first == 'n') {
    *type = arrow::null();
  } else if (first == 't' || first == 'f') {
    *type = options_.primitives_as_string ? arrow::utf8() : arrow::boolean();
  } else if (first == '"') {
    // Writers that know no null write "", so it tells nothing.
    const JsonStringToken token = ScanJsonString(at, cursor->end());
    const bool empty = token.end != nullptr && token.raw().empty();
    *type = empty ? arrow::null() : arrow::utf8();
    std::string text;
    if (!empty && options_.infer_timestamp && token.end != nullptr &&
        UnescapeJson(token.raw(), &text) && IsTimestamp(text, options_)) {
      *type = TimestampType();
    }
  } else {
    const JsonNumberToken number =
        ScanJsonNumber(at, cursor->end(), options_.allow_non_numeric_numbers);
    *type = options_.primitives_as_string ? arrow::utf8()
                                          : NumberType(number, options_.prefers_decimal);
  }
  return reader_.Skip(cursor);
}

DataTypePtr JsonInference::Merge(const DataTypePtr& left, const DataTypePtr& right) const {
  if (left->id() == arrow::Type::NA) return right;
  if (right->id() == arrow::Type::NA || left->Equals(*right)) return left;
  if (left->id() == arrow::Type::STRUCT && right->id() == arrow::Type::STRUCT) {
    std::map<std::string, DataTypePtr> fields;
    for (const FieldPtr& field : left->fields()) fields[field->name()] = field->type();
    for (const FieldPtr& field : right->fields()) {
      auto [at, fresh] = fields.try_emplace(field->name(), field->type());
      if (!fresh) at->second = Merge(at->second, field->type());
    }
    return StructOf(fields);
  }
  if (left->id() == arrow::Type::LIST && right->id() == arrow::Type::LIST) {
    return ArrayOf(Merge(left->field(0)->type(), right->field(0)->type()));
  }
  if (!IsNumeric(*left) || !IsNumeric(*right)) return arrow::utf8();
  if (left->id() == arrow::Type::DOUBLE || right->id() == arrow::Type::DOUBLE) {
    return arrow::float64();
  }
  // bigint counts as decimal(20, 0).
  const auto digits = [](const DataType& type, bool scale) -> int32_t {
    if (!IsDecimal(type)) return scale ? 0 : 20;
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
    return scale ? decimal.scale() : decimal.precision() - decimal.scale();
  };
  const int32_t scale = std::max(digits(*left, true), digits(*right, true));
  const int32_t whole = std::max(digits(*left, false), digits(*right, false));
  if (whole + scale > 38) return arrow::float64();
  return arrow::decimal128(whole + scale, scale);
}

DataTypePtr JsonInference::Finish() const {
  const auto canonical = [&](const DataTypePtr& type) {
    auto column = CanonicalColumn(type, options_.drop_field_if_all_null);
    if (column != nullptr) return column;
    return type->id() == arrow::Type::STRUCT ? arrow::struct_(arrow::FieldVector()) : arrow::null();
  };
  if (type_->id() == arrow::Type::NA) return type_;
  const bool rows =
      type_->id() == arrow::Type::LIST && type_->field(0)->type()->id() == arrow::Type::STRUCT;
  return rows ? ArrayOf(canonical(type_->field(0)->type())) : canonical(type_);
}

SchemaPtr JsonInference::FinishSchema() const {
  std::map<std::string, DataTypePtr> fields;
  const DataTypePtr type = CanonicalColumn(type_, options_.drop_field_if_all_null);
  if (type && type->id() == arrow::Type::STRUCT) {
    for (const FieldPtr& field : type->fields()) fields[field->name()] = field->type();
  }
  if (malformed_count_ > 0 && options_.mode == JsonMode::kPermissive) {
    fields[options_.corrupt_record_column] = arrow::utf8();
  }
  std::vector<FieldPtr> made;
  for (const auto& [name, field] : fields) made.push_back(arrow::field(name, field));
  return arrow::schema(std::move(made));
}

}  // namespace headrace
