// Spark's SQL types on Arrow's type objects, and their text forms.
//
//   Spark            Arrow                      | Spark              Arrow
//   void             null                       | date               date32
//   boolean          bool                       | timestamp          timestamp(us, "UTC")
//   tinyint..bigint  int8..int64                | timestamp_ntz      timestamp(us)
//   float, double    float32, float64           | interval day..sec  duration(us)
//   decimal(p,s)     decimal128(p,s)            | interval year..mon month_interval
//   string           utf8                       | array<T>           list(field "element")
//   binary           binary                     | map<K,V>           map(K, V)
//                                               | struct<..>         struct
// These are the only Arrow types inside the engine; readers convert at the border. A timestamp is
// always in UTC microseconds inside; the session time zone matters only to text, fields and casts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type.h>

#include "base/error.h"

namespace headrace {

using DataType = arrow::DataType;
using DataTypePtr = std::shared_ptr<arrow::DataType>;
using FieldPtr = std::shared_ptr<arrow::Field>;
using SchemaPtr = std::shared_ptr<arrow::Schema>;

DataTypePtr TimestampType();     // timestamp(us, "UTC")
DataTypePtr TimestampNtzType();  // timestamp(us)
bool IsTimestampLtz(const DataType& type);
bool IsTimestampNtz(const DataType& type);
bool IsIntegral(const DataType& type);
bool IsNumeric(const DataType& type);  // integral, float, double, decimal
bool IsString(const DataType& type);
DataTypePtr ArrayOf(DataTypePtr element, bool contains_null = true);
DataTypePtr MapOf(DataTypePtr key, DataTypePtr value, bool value_contains_null = true);

// "bigint", "struct<a:int,b:array<string>>", "decimal(10,2)", "timestamp_ntz"
std::string SimpleString(const DataType& type);
// "BIGINT", "STRUCT<a: INT, b: ARRAY<STRING>>"
std::string SqlName(const DataType& type);
// As in `printSchema`: "long", "integer", "decimal(10,2)", "struct", "array"
std::string TreeName(const DataType& type);
// `root\n |-- a: integer (nullable = true)\n…` without the blank line that printSchema adds;
// `level` limits the depth (0: no limit).
std::string TreeString(const arrow::Schema& schema, int level = 0);
// StructType JSON, as in Delta logs and Connect's local relations:
// {"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}}]}
// Field metadata: the Arrow key "spark_metadata" holds the JSON object's text.
std::string SchemaToJson(const arrow::Schema& schema);
std::string TypeToJson(const DataType& type);
// "a INT,b STRING NOT NULL"
std::string SchemaToDdl(const arrow::Schema& schema);

// DDL: "int", "a INT, b STRUCT<c: STRING> NOT NULL COMMENT 'x'", "array<int>". A column list
// gives a struct type. Errors: PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE naming the type.
Result<DataTypePtr> ParseDdlType(const std::string& text);
Result<DataTypePtr> ParseJsonType(const std::string& text);
// A reader's schema: DDL first, then JSON; always a struct.
Result<SchemaPtr> ParseSchema(const std::string& ddl_or_json);

// Every field nullable, recursively (what file sources and `from_json` do).
DataTypePtr AsNullable(const DataTypePtr& type);
SchemaPtr AsNullable(const SchemaPtr& schema);
// Equal but for nullability and field metadata.
bool SameType(const DataType& left, const DataType& right);
// Column name lookup as Spark does it: case-insensitive unless `case_sensitive`; -1 when absent.
int FindField(const arrow::Schema& schema, const std::string& name, bool case_sensitive = false);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string ToLower(std::string_view text);
// `a`, or `` `a b` `` where quoting is needed.
std::string QuoteIdentifier(std::string_view name);

}  // namespace headrace
