// The types that two or more expressions are widened to.
#include <algorithm>

#include "expression/cast.h"
#include "expression/decimal.h"

namespace headrace {

namespace {

using arrow::Decimal128Type;

constexpr int kMinimumKeptScale = 6;

// Precision beyond the maximum costs digits behind the point, down to six of them.
DataTypePtr DecimalLosingScale(int precision, int scale) {
  if (precision <= kMaximumPrecision) return arrow::decimal128(precision, scale);
  const int integral_digits = precision - scale;
  const int kept =
      std::max(kMaximumPrecision - integral_digits, std::min(scale, kMinimumKeptScale));
  return arrow::decimal128(kMaximumPrecision, kept);
}

// The decimal that holds the values of both; beyond the maximum, integral digits come first.
DataTypePtr WiderDecimal(const Decimal128Type& left, const Decimal128Type& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int integral_digits =
      std::max(left.precision() - left.scale(), right.precision() - right.scale());
  const int excess = std::max(0, integral_digits + scale - kMaximumPrecision);
  return arrow::decimal128(std::min(integral_digits + scale, kMaximumPrecision),
                           std::max(0, scale - excess));
}

int NumericRank(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return 0;
    case arrow::Type::INT16:
      return 1;
    case arrow::Type::INT32:
      return 2;
    case arrow::Type::INT64:
      return 3;
    case arrow::Type::FLOAT:
      return 4;
    default:
      return 5;
  }
}

DataTypePtr WiderNumber(const DataTypePtr& left, const DataTypePtr& right, bool ansi) {
  if (IsDecimal(*left) || IsDecimal(*right)) {
    const DataType& other = IsDecimal(*left) ? *right : *left;
    if (IsDecimal(other)) return WiderDecimal(AsDecimal(*left), AsDecimal(*right));
    if (!IsIntegral(other)) return arrow::float64();
    const auto widened = DecimalForIntegral(other);
    return WiderDecimal(*widened, AsDecimal(IsDecimal(*left) ? *left : *right));
  }
  const DataTypePtr& wider = NumericRank(*left) >= NumericRank(*right) ? left : right;
  const bool integral = IsIntegral(*left) || IsIntegral(*right);
  // A float cannot hold every integer; ANSI mode does not lose digits in silence.
  if (ansi && integral && wider->id() == arrow::Type::FLOAT) return arrow::float64();
  return wider;
}

bool IsDateOrTimestamp(const DataType& type) {
  return type.id() == arrow::Type::DATE32 || type.id() == arrow::Type::TIMESTAMP;
}

DataTypePtr WiderDateTime(const DataTypePtr& left, const DataTypePtr& right) {
  if (IsTimestampLtz(*left) || IsTimestampLtz(*right)) return TimestampType();
  return TimestampNtzType();
}

DataTypePtr WithString(const DataTypePtr& other, bool ansi) {
  switch (other->id()) {
    case arrow::Type::BOOL:
    case arrow::Type::BINARY:
      return ansi ? other : nullptr;
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
      return ansi ? other : arrow::utf8();
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTHS:
      return ansi ? nullptr : arrow::utf8();
    default:
      if (!IsNumeric(*other)) return nullptr;
      if (!ansi) return arrow::utf8();
      return IsIntegral(*other) ? arrow::int64() : arrow::float64();
  }
}

DataTypePtr CommonStruct(const DataTypePtr& left, const DataTypePtr& right, bool ansi) {
  if (left->num_fields() != right->num_fields()) return nullptr;
  arrow::FieldVector fields;
  for (int i = 0; i < left->num_fields(); ++i) {
    const arrow::Field& a = *left->field(i);
    const arrow::Field& b = *right->field(i);
    if (!EqualsIgnoreCase(a.name(), b.name())) return nullptr;
    DataTypePtr type = CommonType(a.type(), b.type(), ansi);
    if (type == nullptr) return nullptr;
    fields.push_back(arrow::field(a.name(), std::move(type), a.nullable() || b.nullable()));
  }
  return arrow::struct_(std::move(fields));
}

DataTypePtr CommonArray(const arrow::ListType& left, const arrow::ListType& right, bool ansi) {
  DataTypePtr element = CommonType(left.value_type(), right.value_type(), ansi);
  if (element == nullptr) return nullptr;
  return ArrayOf(std::move(element),
                 left.value_field()->nullable() || right.value_field()->nullable());
}

DataTypePtr CommonMap(const arrow::MapType& left, const arrow::MapType& right, bool ansi) {
  DataTypePtr key = CommonType(left.key_type(), right.key_type(), ansi);
  DataTypePtr value = CommonType(left.item_type(), right.item_type(), ansi);
  if (key == nullptr || value == nullptr) return nullptr;
  return MapOf(std::move(key), std::move(value),
               left.item_field()->nullable() || right.item_field()->nullable());
}

bool HasString(const DataType& type) {
  if (IsString(type)) return true;
  return type.id() == arrow::Type::LIST &&
         HasString(*static_cast<const arrow::ListType&>(type).value_type());
}

}  // namespace

DataTypePtr CommonType(const DataTypePtr& left, const DataTypePtr& right, bool ansi) {
  if (left->id() == arrow::Type::NA) return right;
  if (right->id() == arrow::Type::NA) return left;
  if (left->Equals(*right)) return left;
  if (IsNumeric(*left) && IsNumeric(*right)) return WiderNumber(left, right, ansi);
  if (IsDateOrTimestamp(*left) && IsDateOrTimestamp(*right)) return WiderDateTime(left, right);
  if (IsString(*left)) return WithString(right, ansi);
  if (IsString(*right)) return WithString(left, ansi);
  if (left->id() != right->id()) return nullptr;
  switch (left->id()) {
    case arrow::Type::LIST:
      return CommonArray(static_cast<const arrow::ListType&>(*left),
                         static_cast<const arrow::ListType&>(*right), ansi);
    case arrow::Type::MAP:
      return CommonMap(static_cast<const arrow::MapType&>(*left),
                       static_cast<const arrow::MapType&>(*right), ansi);
    case arrow::Type::STRUCT:
      return CommonStruct(left, right, ansi);
    default:
      return nullptr;
  }
}

DataTypePtr CommonType(const std::vector<DataTypePtr>& types, bool ansi) {
  std::vector<DataTypePtr> ordered = types;
  if (!ansi) {
    // Widening to string does not associate, so strings come first.
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](const DataTypePtr& type) { return HasString(*type); });
  }
  DataTypePtr common = arrow::null();
  for (const DataTypePtr& type : ordered) {
    common = CommonType(common, type, ansi);
    if (common == nullptr) return nullptr;
  }
  return common;
}

DataTypePtr ComparisonType(const DataTypePtr& left, const DataTypePtr& right, bool ansi) {
  if (ansi || IsString(*left) == IsString(*right)) return CommonType(left, right, ansi);
  const DataTypePtr& other = IsString(*left) ? right : left;
  if (IsDecimal(*other)) return arrow::float64();
  switch (other->id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT:
      return nullptr;
    case arrow::Type::NA:
      return arrow::utf8();
    default:
      return other;
  }
}

DataTypePtr DecimalResultType(char op, const Decimal128Type& left, const Decimal128Type& right) {
  const int p1 = left.precision();
  const int s1 = left.scale();
  const int p2 = right.precision();
  const int s2 = right.scale();
  switch (op) {
    case '*':
      return DecimalLosingScale(p1 + p2 + 1, s1 + s2);
    case '/': {
      const int scale = std::max(kMinimumKeptScale, s1 + p2 + 1);
      return DecimalLosingScale(p1 - s1 + s2 + scale, scale);
    }
    case '%': {
      const int scale = std::max(s1, s2);
      return DecimalLosingScale(std::min(p1 - s1, p2 - s2) + scale, scale);
    }
    default: {
      const int scale = std::max(s1, s2);
      return DecimalLosingScale(std::max(p1 - s1, p2 - s2) + scale + 1, scale);
    }
  }
}

std::shared_ptr<Decimal128Type> DecimalForIntegral(const DataType& type) {
  const auto make = [](int precision) { return std::make_shared<Decimal128Type>(precision, 0); };
  switch (type.id()) {
    case arrow::Type::INT8:
      return make(3);
    case arrow::Type::INT16:
      return make(5);
    case arrow::Type::INT32:
      return make(10);
    default:
      return make(20);
  }
}

}  // namespace headrace
