#include "embedded/row_conversion.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/type.h>

#include "client/exception_factory.h"
#include "client/row_encoding.h"

namespace headrace {
namespace {

// Some of these names are the engine's, too.
using ProgramType = v1::DataType;

ProgramType TypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return v1::NullType();
    case arrow::Type::BOOL:
      return v1::BooleanType();
    case arrow::Type::INT8:
      return v1::ByteType();
    case arrow::Type::INT16:
      return v1::ShortType();
    case arrow::Type::INT32:
      return v1::IntegerType();
    case arrow::Type::INT64:
      return v1::LongType();
    case arrow::Type::FLOAT:
      return v1::FloatType();
    case arrow::Type::DOUBLE:
      return v1::DoubleType();
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      return v1::DecimalType(decimal.precision(), decimal.scale());
    }
    case arrow::Type::STRING:
      return v1::StringType();
    case arrow::Type::BINARY:
      return v1::BinaryType();
    case arrow::Type::DATE32:
      return v1::DateType();
    case arrow::Type::TIMESTAMP:
      if (IsTimestampNtz(type)) return v1::TimestampNTZType();
      return v1::TimestampType();
    case arrow::Type::DURATION:
      return v1::DayTimeIntervalType();
    case arrow::Type::INTERVAL_MONTHS:
      return v1::YearMonthIntervalType();
    case arrow::Type::LIST: {
      const auto& field = *static_cast<const arrow::ListType&>(type).value_field();
      return v1::ArrayType(TypeOf(*field.type()), field.nullable());
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return v1::MapType(TypeOf(*map.key_type()), TypeOf(*map.item_type()),
                         map.item_field()->nullable());
    }
    case arrow::Type::STRUCT:
      return StructTypeOf(type.fields());
    default:
      client::ThrowIllegalArgument(
          "UNSUPPORTED_DATATYPE", "The C++ API has no values of the type " + type.ToString() + ".");
  }
}

// The same buffers under the engine's names for nested fields.
std::shared_ptr<arrow::ArrayData> Under(const std::shared_ptr<arrow::DataType>& type,
                                        const std::shared_ptr<arrow::ArrayData>& data) {
  if (data->type->Equals(*type, /*check_metadata=*/true)) return data;
  auto copy = data->Copy();
  copy->type = type;
  for (int i = 0; i < static_cast<int>(copy->child_data.size()); ++i) {
    copy->child_data[i] = Under(type->field(i)->type(), copy->child_data[i]);
  }
  return copy;
}

template <typename Exception>
bool Is(const SparkThrowable& error) {
  return dynamic_cast<const Exception*>(&error) != nullptr;
}

ErrorKind KindOf(const SparkThrowable& error) {
  if (Is<ParseException>(error)) return ErrorKind::kParse;
  if (Is<AnalysisException>(error)) return ErrorKind::kAnalysis;
  if (Is<NumberFormatException>(error)) return ErrorKind::kNumberFormat;
  if (Is<IllegalArgumentException>(error)) return ErrorKind::kIllegalArgument;
  if (Is<ArithmeticException>(error)) return ErrorKind::kArithmetic;
  if (Is<UnsupportedOperationException>(error)) return ErrorKind::kUnsupportedOperation;
  if (Is<ArrayIndexOutOfBoundsException>(error)) return ErrorKind::kArrayIndex;
  if (Is<DateTimeException>(error)) return ErrorKind::kDateTime;
  if (Is<SparkRuntimeException>(error)) return ErrorKind::kRuntime;
  if (Is<SparkNoSuchElementException>(error)) return ErrorKind::kNoSuchElement;
  return ErrorKind::kSpark;
}

}  // namespace

StructType StructTypeOf(const arrow::FieldVector& fields) {
  StructType type;
  for (const auto& field : fields)
    type.add(field->name(), TypeOf(*field->type()), field->nullable());
  return type;
}

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Row>& rows, const StructType& types,
                                            const SchemaPtr& schema) {
  const auto made = client::BatchOf(rows, types);
  arrow::ArrayVector columns;
  for (int i = 0; i < made->num_columns(); ++i) {
    columns.push_back(arrow::MakeArray(Under(schema->field(i)->type(), made->column_data(i))));
  }
  return arrow::RecordBatch::Make(schema, made->num_rows(), std::move(columns));
}

Status StatusOf(const SparkThrowable& error) {
  // The message begins with the condition, and MakeError puts it there again.
  const std::string& condition = error.getCondition();
  std::string text = error.getMessage();
  const std::string prefix = "[" + condition + "] ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return MakeError(KindOf(error), condition, std::move(text), error.getMessageParameters());
}

}  // namespace headrace
