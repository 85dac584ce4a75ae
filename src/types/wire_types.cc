#include "types/wire_types.h"

#include <map>

#include <arrow/array/util.h>
#include <arrow/compute/cast.h>

namespace headrace {
namespace {

bool SameLayout(const DataType& from, const DataType& to) {
  if (from.id() != to.id() || from.num_fields() != to.num_fields()) return false;
  if (from.id() == arrow::Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(from).unit() ==
           static_cast<const arrow::TimestampType&>(to).unit();
  }
  return from.num_fields() > 0 || from.Equals(to);
}

}  // namespace

Result<DataTypePtr> EngineType(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return arrow::utf8();
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return arrow::binary();
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(*type).timezone().empty() ? TimestampNtzType()
                                                                                : TimestampType();
    case arrow::Type::DURATION:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case arrow::Type::DICTIONARY:
      return EngineType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      ARROW_ASSIGN_OR_RAISE(auto element, EngineType(type->field(0)->type()));
      return ArrayOf(std::move(element), type->field(0)->nullable());
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto key, EngineType(map.key_type()));
      ARROW_ASSIGN_OR_RAISE(auto item, EngineType(map.item_type()));
      return MapOf(std::move(key), std::move(item), map.item_field()->nullable());
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        ARROW_ASSIGN_OR_RAISE(auto each, EngineType(field->type()));
        fields.push_back(arrow::field(field->name(), std::move(each), field->nullable()));
      }
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::NA:
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return type;
    default:
      return AnalysisError(
          "UNSUPPORTED_DATATYPE",
          "Columns of the Arrow type " + type->ToString() + " cannot be made a DataFrame of.",
          {{"typeName", "\"" + type->ToString() + "\""}});
  }
}

Result<std::shared_ptr<arrow::ArrayData>> ConvertLayout(
    const std::shared_ptr<arrow::ArrayData>& data, const DataTypePtr& type) {
  if (data->type->Equals(*type, /*check_metadata=*/true)) return data;
  if (!SameLayout(*data->type, *type)) {
    arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(type);
    options.allow_time_truncate = true;
    ARROW_ASSIGN_OR_RAISE(auto cast, arrow::compute::Cast(*arrow::MakeArray(data), options));
    return cast.make_array()->data();
  }
  auto copy = data->Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        copy->child_data[i],
        ConvertLayout(data->child_data[i], type->field(static_cast<int>(i))->type()));
  }
  return copy;
}

DataTypePtr WireType(const DataTypePtr& type, const std::string& zone) {
  auto field_of = [&](const FieldPtr& field) {
    return field->WithType(WireType(field->type(), zone));
  };
  switch (type->id()) {
    case arrow::Type::TIMESTAMP:
      return IsTimestampLtz(*type) ? arrow::timestamp(arrow::TimeUnit::MICRO, zone) : type;
    case arrow::Type::LIST:
      return arrow::list(field_of(type->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(field_of(map.key_field()),
                                              field_of(map.item_field()));
    }
    case arrow::Type::STRUCT: {
      std::map<std::string, int> uses, numbers;
      for (const auto& field : type->fields()) ++uses[field->name()];
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        const std::string& name = field->name();
        fields.push_back(field_of(field));
        if (uses[name] == 1) continue;
        fields.back() = fields.back()->WithName(name + "_" + std::to_string(numbers[name]++));
      }
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

}  // namespace headrace
