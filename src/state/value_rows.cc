#include "state/value_rows.h"

#include <utility>

#include <arrow/array/data.h>
#include <arrow/array/util.h>

namespace headrace {
namespace {

// The type that `type`'s buffers have too, and that keys are encoded with bit by bit.
DataTypePtr PlainType(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::FLOAT:
      return arrow::int32();
    case arrow::Type::DOUBLE:
      return arrow::int64();
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return arrow::list(type->field(0)->WithType(PlainType(type->field(0)->type())));
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const FieldPtr& field : type->fields()) {
        fields.push_back(field->WithType(PlainType(field->type())));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

// The same buffers under another type of the same layout.
std::shared_ptr<arrow::ArrayData> Retyped(const arrow::ArrayData& data, const DataTypePtr& type) {
  auto copy = std::make_shared<arrow::ArrayData>(data);
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] = Retyped(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return copy;
}

std::shared_ptr<arrow::Array> As(const arrow::Array& array, const DataTypePtr& type) {
  return arrow::MakeArray(Retyped(*array.data(), type));
}

}  // namespace

ValueRows::ValueRows(SchemaPtr schema) : schema_(std::move(schema)) {
  for (const FieldPtr& field : schema_->fields()) plain_types_.push_back(PlainType(field->type()));
}

Status ValueRows::Encode(const arrow::RecordBatch& values, EncodedRows* out) const {
  arrow::ArrayVector plain;
  for (size_t i = 0; i < plain_types_.size(); ++i) {
    plain.push_back(As(*values.column(static_cast<int>(i)), plain_types_[i]));
  }
  return EncodeRows(plain, values.num_rows(), out);
}

Result<std::shared_ptr<arrow::RecordBatch>> ValueRows::Decode(
    const std::vector<std::string_view>& rows) const {
  ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector columns, DecodeRows(rows, plain_types_));
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i] = As(*columns[i], schema_->field(static_cast<int>(i))->type());
  }
  return arrow::RecordBatch::Make(schema_, static_cast<int64_t>(rows.size()), std::move(columns));
}

}  // namespace headrace
