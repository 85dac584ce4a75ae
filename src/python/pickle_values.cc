// What becomes of a value that a pickled function returned: Spark's EvaluatePython.makeFromJava.
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/util/decimal.h>

#include "python/pickle_reader.h"
#include "types/value_text.h"

namespace headrace {
namespace {

using Kind = PythonValue::Kind;
using arrow::Type;

std::string TextOf(const PythonValue& value) {
  auto joined = [&](size_t step) {
    std::string text;
    for (size_t i = 0; i < value.elements.size(); i += step) {
      if (i > 0) text += ", ";
      text += TextOf(*value.elements[i]);
      if (step == 2) text += "=" + TextOf(*value.elements[i + 1]);
    }
    return text;
  };
  switch (value.kind) {
    case Kind::kNone:
      return "null";
    case Kind::kBool:
      return value.integer ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(value.integer);
    case Kind::kReal: {
      std::string text;
      AppendDouble(value.real, &text);
      return text;
    }
    case Kind::kText:
    case Kind::kBytes:
    case Kind::kDecimal:
    case Kind::kOther:
      return value.text;
    case Kind::kList:
    case Kind::kTuple:
      return "[" + joined(1) + "]";
    case Kind::kDict:
      return "{" + joined(2) + "}";
  }
  return "";
}

// Java's bytes are signed numbers.
PythonValue BytesAsList(const PythonValue& bytes) {
  PythonValue list;
  list.kind = Kind::kList;
  for (const char byte : bytes.text) {
    auto element = std::make_shared<PythonValue>();
    element->kind = Kind::kInteger;
    element->integer = static_cast<int8_t>(byte);
    list.elements.push_back(std::move(element));
  }
  return list;
}

template <typename Builder>
Status AppendInteger(const PythonValue& value, arrow::ArrayBuilder* builder) {
  if (value.kind != Kind::kInteger || value.too_large) return builder->AppendNull();
  using Number = typename Builder::value_type;
  return static_cast<Builder*>(builder)->Append(static_cast<Number>(value.integer));
}

Status AppendDecimal(const PythonValue& value, const DataType& type, arrow::ArrayBuilder* builder) {
  if (value.kind != Kind::kDecimal) return builder->AppendNull();
  const auto& decimal_type = static_cast<const arrow::Decimal128Type&>(type);
  arrow::Decimal128 decimal;
  int32_t precision = 0, scale = 0;
  if (!arrow::Decimal128::FromString(value.text, &decimal, &precision, &scale).ok()) {
    return builder->AppendNull();
  }
  if (scale > decimal_type.scale()) {
    decimal = decimal.ReduceScaleBy(scale - decimal_type.scale(), /*round=*/true);
  } else if (scale < decimal_type.scale()) {
    auto rescaled = decimal.Rescale(scale, decimal_type.scale());
    if (!rescaled.ok()) return builder->AppendNull();
    decimal = *rescaled;
  }
  if (!decimal.FitsInPrecision(decimal_type.precision())) return builder->AppendNull();
  return static_cast<arrow::Decimal128Builder*>(builder)->Append(decimal);
}

Status AppendStruct(const PythonValue& value, const DataType& type, arrow::ArrayBuilder* builder) {
  if (value.kind != Kind::kTuple) return builder->AppendNull();
  auto* structure = static_cast<arrow::StructBuilder*>(builder);
  if (static_cast<int>(value.elements.size()) != type.num_fields()) {
    const std::string given = std::to_string(value.elements.size());
    const std::string declared = std::to_string(type.num_fields());
    return MakeError(ErrorKind::kRuntime, "STRUCT_ARRAY_LENGTH_MISMATCH",
                     "Input row doesn't have expected number of values required by the schema. " +
                         declared + " fields are required while " + given + " values are provided.",
                     {{"expected", declared}, {"actual", given}});
  }
  ARROW_RETURN_NOT_OK(structure->Append());
  for (int i = 0; i < type.num_fields(); ++i) {
    ARROW_RETURN_NOT_OK(AppendPythonValue(*value.elements[static_cast<size_t>(i)],
                                          *type.field(i)->type(), structure->field_builder(i)));
  }
  return Status::OK();
}

}  // namespace

Status AppendPythonValue(const PythonValue& value, const DataType& type,
                         arrow::ArrayBuilder* builder) {
  if (value.kind == Kind::kNone) return builder->AppendNull();
  switch (type.id()) {
    case Type::BOOL:
      if (value.kind != Kind::kBool) return builder->AppendNull();
      return static_cast<arrow::BooleanBuilder*>(builder)->Append(value.integer != 0);
    case Type::INT8:
      return AppendInteger<arrow::Int8Builder>(value, builder);
    case Type::INT16:
      return AppendInteger<arrow::Int16Builder>(value, builder);
    case Type::INT32:
      return AppendInteger<arrow::Int32Builder>(value, builder);
    case Type::INT64:
      return AppendInteger<arrow::Int64Builder>(value, builder);
    case Type::DATE32:
      return AppendInteger<arrow::Date32Builder>(value, builder);
    case Type::TIMESTAMP:
      return AppendInteger<arrow::TimestampBuilder>(value, builder);
    case Type::DURATION:
      return AppendInteger<arrow::DurationBuilder>(value, builder);
    case Type::INTERVAL_MONTHS:
      return AppendInteger<arrow::MonthIntervalBuilder>(value, builder);
    case Type::FLOAT:
      if (value.kind != Kind::kReal) return builder->AppendNull();
      return static_cast<arrow::FloatBuilder*>(builder)->Append(static_cast<float>(value.real));
    case Type::DOUBLE:
      if (value.kind != Kind::kReal) return builder->AppendNull();
      return static_cast<arrow::DoubleBuilder*>(builder)->Append(value.real);
    case Type::DECIMAL128:
      return AppendDecimal(value, type, builder);
    case Type::STRING:
      if (value.kind == Kind::kOther) {
        return NotSupported("a " + value.text + " as the text that a Python function returns",
                            "Return str(value), or declare the type that the function returns.");
      }
      return static_cast<arrow::StringBuilder*>(builder)->Append(TextOf(value));
    case Type::BINARY:
      if (value.kind != Kind::kBytes && value.kind != Kind::kText) return builder->AppendNull();
      return static_cast<arrow::BinaryBuilder*>(builder)->Append(value.text);
    case Type::LIST: {
      if (value.kind == Kind::kBytes) return AppendPythonValue(BytesAsList(value), type, builder);
      if (value.kind != Kind::kList && value.kind != Kind::kTuple) return builder->AppendNull();
      auto* list = static_cast<arrow::ListBuilder*>(builder);
      ARROW_RETURN_NOT_OK(list->Append());
      for (const auto& element : value.elements) {
        ARROW_RETURN_NOT_OK(
            AppendPythonValue(*element, *type.field(0)->type(), list->value_builder()));
      }
      return Status::OK();
    }
    case Type::MAP: {
      if (value.kind != Kind::kDict) return builder->AppendNull();
      const auto& map_type = static_cast<const arrow::MapType&>(type);
      auto* map = static_cast<arrow::MapBuilder*>(builder);
      ARROW_RETURN_NOT_OK(map->Append());
      for (size_t i = 0; i + 1 < value.elements.size(); i += 2) {
        arrow::ArrayBuilder* const keys = map->key_builder();
        const int64_t nulls = keys->null_count();
        ARROW_RETURN_NOT_OK(AppendPythonValue(*value.elements[i], *map_type.key_type(), keys));
        if (keys->null_count() > nulls) {
          return MakeError(
              ErrorKind::kRuntime, "NULL_MAP_KEY",
              "A Python function gave a dict with the key " + TextOf(*value.elements[i]) +
                  ", which is no " + SqlName(*map_type.key_type()) +
                  ": a key of a map cannot be null. Return keys of the declared type.");
        }
        ARROW_RETURN_NOT_OK(
            AppendPythonValue(*value.elements[i + 1], *map_type.item_type(), map->item_builder()));
      }
      return Status::OK();
    }
    case Type::STRUCT:
      return AppendStruct(value, type, builder);
    default:
      return builder->AppendNull();
  }
}

}  // namespace headrace
