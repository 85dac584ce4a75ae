// Spark's types: the schemas of DataFrames.
//
//   StructType schema = StructType().add("word", StringType()).add("count", LongType(), false);
//
// Where a schema or type is taken, DDL text does as well: "word STRING, count BIGINT NOT NULL".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace headrace::inline v1 {

struct StructField;

class DataType {
 public:
  enum class Kind {
    kNull,
    kBoolean,
    kByte,
    kShort,
    kInteger,
    kLong,
    kFloat,
    kDouble,
    kDecimal,
    kString,
    kChar,
    kVarchar,
    kBinary,
    kDate,
    kTimestamp,
    kTimestampNtz,
    kDayTimeInterval,
    kYearMonthInterval,
    kCalendarInterval,
    kArray,
    kMap,
    kStruct,
    kVariant,
    kOther,  // a type that this version has no name for; simpleString() tells it
  };
  struct Definition;

  explicit DataType(std::shared_ptr<const Definition> definition)
      : definition_(std::move(definition)) {}

  Kind kind() const;
  int32_t precision() const;  // decimal
  int32_t scale() const;      // decimal
  int32_t length() const;     // char, varchar
  const DataType& elementType() const;
  const DataType& keyType() const;
  const DataType& valueType() const;
  // Whether elements of an array, or values of a map, may be null.
  bool containsNull() const;
  const std::vector<StructField>& fields() const;

  // "bigint", "array<string>", "struct<a:int>"
  std::string simpleString() const;
  // "long", {"type":"array",…}: what Spark's parser of JSON schemas reads.
  std::string json() const;
  // Nullability counts, field metadata does not.
  bool operator==(const DataType& other) const;

 protected:
  explicit DataType(Kind kind);

  std::shared_ptr<const Definition> definition_;
};

struct StructField {
  std::string name;
  DataType dataType;
  bool nullable = true;
  std::string metadata = {};  // text of a JSON object, or ""
};

struct DataType::Definition {
  Kind kind = Kind::kNull;
  int32_t precision = 0;  // decimal; length of char and varchar; first field of intervals
  int32_t scale = 0;      // decimal; last field of intervals
  bool contains_null = true;
  std::vector<DataType> children = {};  // element; or key and value
  std::vector<StructField> fields = {};
  std::string name = {};  // of kOther
};

class NullType : public DataType {
 public:
  NullType() : DataType(Kind::kNull) {}
};
class BooleanType : public DataType {
 public:
  BooleanType() : DataType(Kind::kBoolean) {}
};
class ByteType : public DataType {
 public:
  ByteType() : DataType(Kind::kByte) {}
};
class ShortType : public DataType {
 public:
  ShortType() : DataType(Kind::kShort) {}
};
class IntegerType : public DataType {
 public:
  IntegerType() : DataType(Kind::kInteger) {}
};
class LongType : public DataType {
 public:
  LongType() : DataType(Kind::kLong) {}
};
class FloatType : public DataType {
 public:
  FloatType() : DataType(Kind::kFloat) {}
};
class DoubleType : public DataType {
 public:
  DoubleType() : DataType(Kind::kDouble) {}
};
class StringType : public DataType {
 public:
  StringType() : DataType(Kind::kString) {}
};
class BinaryType : public DataType {
 public:
  BinaryType() : DataType(Kind::kBinary) {}
};
class DateType : public DataType {
 public:
  DateType() : DataType(Kind::kDate) {}
};
class TimestampType : public DataType {
 public:
  TimestampType() : DataType(Kind::kTimestamp) {}
};
class TimestampNTZType : public DataType {
 public:
  TimestampNTZType() : DataType(Kind::kTimestampNtz) {}
};
class DecimalType : public DataType {
 public:
  explicit DecimalType(int32_t precision = 10, int32_t scale = 0);
};
class DayTimeIntervalType : public DataType {
 public:
  DayTimeIntervalType();  // day to second
};
class YearMonthIntervalType : public DataType {
 public:
  YearMonthIntervalType();  // year to month
};
class ArrayType : public DataType {
 public:
  explicit ArrayType(const DataType& element, bool containsNull = true);
};
class MapType : public DataType {
 public:
  MapType(const DataType& key, const DataType& value, bool valueContainsNull = true);
};

class StructType : public DataType {
 public:
  StructType() : DataType(Kind::kStruct) {}
  explicit StructType(std::vector<StructField> fields);

  StructType& add(const std::string& name, const DataType& type, bool nullable = true);
  std::vector<std::string> fieldNames() const;
};

}  // namespace headrace::inline v1
