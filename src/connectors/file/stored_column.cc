#include "connectors/file/stored_column.h"

#include <arrow/compute/api.h>
#include <arrow/extension_type.h>

namespace headrace {

namespace {

using ArrayDataPtr = std::shared_ptr<arrow::ArrayData>;

Result<ArrayDataPtr> Convert(ArrayDataPtr data, const DataTypePtr& wanted);

Status NoConversion(const DataType& from, const DataType& to) {
  return Status::TypeError("a column of the type ", from.ToString(), " cannot be read as ",
                           SqlName(to));
}

// Child arrays keep their parents' offset, so they are converted whole.
Result<ArrayDataPtr> ConvertStruct(const ArrayDataPtr& data, const DataTypePtr& wanted) {
  auto out = data->Copy();
  out->type = wanted;
  out->child_data.clear();
  const auto& given = static_cast<const arrow::StructType&>(*data->type);
  for (const auto& field : wanted->fields()) {
    int found = given.GetFieldIndex(field->name());
    for (int i = 0; found < 0 && i < given.num_fields(); ++i) {
      if (EqualsIgnoreCase(given.field(i)->name(), field->name())) found = i;
    }
    if (found < 0) {
      ARROW_ASSIGN_OR_RAISE(const auto nulls,
                            arrow::MakeArrayOfNull(field->type(), data->length + data->offset));
      out->child_data.push_back(nulls->data());
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto child, Convert(data->child_data[found], field->type()));
    out->child_data.push_back(std::move(child));
  }
  return out;
}

Result<ArrayDataPtr> ConvertList(const ArrayDataPtr& data, const DataTypePtr& wanted) {
  auto out = data->Copy();
  out->type = wanted;
  ARROW_ASSIGN_OR_RAISE(out->child_data[0], Convert(data->child_data[0], wanted->field(0)->type()));
  return out;
}

Result<ArrayDataPtr> ConvertMap(const ArrayDataPtr& data, const DataTypePtr& wanted) {
  auto out = data->Copy();
  out->type = wanted;
  const auto& map = static_cast<const arrow::MapType&>(*wanted);
  // Keys and values go by position, whatever they are called.
  auto entries = data->child_data[0]->Copy();
  ARROW_ASSIGN_OR_RAISE(entries->child_data[0], Convert(entries->child_data[0], map.key_type()));
  ARROW_ASSIGN_OR_RAISE(entries->child_data[1], Convert(entries->child_data[1], map.item_type()));
  entries->type = map.value_type();
  out->child_data[0] = std::move(entries);
  return out;
}

Result<ArrayDataPtr> ConvertTimestamp(const ArrayDataPtr& data, const DataTypePtr& wanted) {
  const auto& given = static_cast<const arrow::TimestampType&>(*data->type);
  // An instant has no local time without a zone; the other way is allowed, as in Spark.
  if (!given.timezone().empty() && IsTimestampNtz(*wanted)) {
    return NoConversion(*data->type, *wanted);
  }
  auto as_is = data->Copy();
  as_is->type = arrow::timestamp(given.unit());
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(TimestampNtzType());
  options.allow_time_truncate = true;
  ARROW_ASSIGN_OR_RAISE(const auto cast,
                        arrow::compute::Cast(arrow::Datum(std::move(as_is)), options));
  auto out = cast.array()->Copy();
  out->type = wanted;
  return out;
}

bool IsBytes(const DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::BINARY;
}

int IntegerRank(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return 1;
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
      return 2;
    case arrow::Type::INT32:
    case arrow::Type::UINT16:
      return 4;
    case arrow::Type::INT64:
    case arrow::Type::UINT32:
      return 8;
    default:
      return 0;
  }
}

// Parquet's physical 32-bit integers stand for the short ones too.
bool IsWidening(const DataType& from, const DataType& to) {
  const int given = IntegerRank(from);
  const int wanted = IntegerRank(to);
  if (given > 0 && wanted > 0) return given <= wanted || given == 4;
  if (given > 0 && to.id() == arrow::Type::DOUBLE) return given <= 4;
  if (from.id() == arrow::Type::FLOAT && to.id() == arrow::Type::DOUBLE) return true;
  if (from.id() == arrow::Type::DATE32 && IsTimestampNtz(to)) return true;
  if (to.id() == arrow::Type::DECIMAL128) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(to);
    const int whole = decimal.precision() - decimal.scale();
    if (given > 0) return whole >= (given <= 4 ? 10 : 20);
    if (from.id() == arrow::Type::UINT64) return whole >= 20;
    if (from.id() == arrow::Type::DECIMAL128) {
      const auto& narrow = static_cast<const arrow::Decimal128Type&>(from);
      return whole >= narrow.precision() - narrow.scale() && decimal.scale() >= narrow.scale();
    }
  }
  return false;
}

Result<ArrayDataPtr> CastData(const ArrayDataPtr& data, const DataTypePtr& wanted) {
  ARROW_ASSIGN_OR_RAISE(const auto cast, arrow::compute::Cast(arrow::Datum(data), wanted));
  return cast.array();
}

Result<ArrayDataPtr> Convert(ArrayDataPtr data, const DataTypePtr& wanted) {
  const DataType& given = *data->type;
  if (given.Equals(*wanted)) return data;
  switch (given.id()) {
    case arrow::Type::EXTENSION: {
      auto storage = data->Copy();
      storage->type = static_cast<const arrow::ExtensionType&>(given).storage_type();
      return Convert(std::move(storage), wanted);
    }
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(given);
      ARROW_ASSIGN_OR_RAISE(auto plain, CastData(data, dictionary.value_type()));
      return Convert(std::move(plain), wanted);
    }
    case arrow::Type::STRUCT:
      if (wanted->id() == arrow::Type::STRUCT) return ConvertStruct(data, wanted);
      break;
    case arrow::Type::LIST:
      if (wanted->id() == arrow::Type::LIST) return ConvertList(data, wanted);
      break;
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      if (wanted->id() != arrow::Type::LIST) break;
      ARROW_ASSIGN_OR_RAISE(auto list, CastData(data, arrow::list(given.field(0))));
      return Convert(std::move(list), wanted);
    }
    case arrow::Type::MAP:
      if (wanted->id() == arrow::Type::MAP) return ConvertMap(data, wanted);
      break;
    case arrow::Type::TIMESTAMP:
      if (wanted->id() == arrow::Type::TIMESTAMP) return ConvertTimestamp(data, wanted);
      break;
    case arrow::Type::NA: {
      ARROW_ASSIGN_OR_RAISE(const auto nulls, arrow::MakeArrayOfNull(wanted, data->length));
      return nulls->data();
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::INT64:
    case arrow::Type::INT32: {
      const bool same_bytes =
          (IsBytes(given) && IsBytes(*wanted)) || StorageType(wanted)->Equals(given);
      if (!same_bytes) break;
      auto out = data->Copy();
      out->type = wanted;
      return out;
    }
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY: {
      if (!IsBytes(*wanted)) break;
      ARROW_ASSIGN_OR_RAISE(auto bytes, CastData(data, arrow::binary()));
      return Convert(std::move(bytes), wanted);
    }
    case arrow::Type::DURATION:
      if (wanted->id() == arrow::Type::DURATION) return CastData(data, wanted);
      break;
    default:
      break;
  }
  if (IsWidening(given, *wanted)) return CastData(data, wanted);
  return NoConversion(given, *wanted);
}

ArrayDataPtr RelabelData(const arrow::ArrayData& data, const DataTypePtr& type) {
  auto out = data.Copy();
  out->type = type;
  for (size_t i = 0; i < out->child_data.size(); ++i) {
    out->child_data[i] = RelabelData(*data.child_data[i], type->field(static_cast<int>(i))->type());
  }
  return out;
}

}  // namespace

DataTypePtr StorageType(const DataTypePtr& type) {
  if (type->id() == arrow::Type::DURATION) return arrow::int64();
  if (type->id() == arrow::Type::INTERVAL_MONTHS) return arrow::int32();
  return type;
}

Result<std::shared_ptr<arrow::Array>> ConvertStoredColumn(
    const std::shared_ptr<arrow::Array>& column, const DataTypePtr& wanted) {
  if (column->type()->Equals(*wanted)) return column;
  ARROW_ASSIGN_OR_RAISE(auto data, Convert(column->data(), wanted));
  return arrow::MakeArray(std::move(data));
}

std::shared_ptr<arrow::Array> Relabel(const arrow::Array& array, const DataTypePtr& type) {
  return arrow::MakeArray(RelabelData(*array.data(), type));
}

}  // namespace headrace
