#include "connectors/file/schema_merge.h"

#include <algorithm>

namespace headrace {

namespace {

// Null: they have nothing in common.
DataTypePtr MergeTypes(const DataTypePtr& left, const DataTypePtr& right);

// Null, with *conflict set: two fields of one name do not fit.
bool MergeFields(const arrow::FieldVector& left, const arrow::FieldVector& right,
                 arrow::FieldVector* merged, FieldPtr* conflict) {
  *merged = left;
  const arrow::Schema known(left);
  for (const auto& field : right) {
    const int index = FindField(known, field->name());
    if (index < 0) {
      merged->push_back(field);
      continue;
    }
    auto type = MergeTypes(left[index]->type(), field->type());
    if (!type) {
      *conflict = field;
      return false;
    }
    (*merged)[index] = arrow::field(left[index]->name(), std::move(type),
                                    left[index]->nullable() || field->nullable());
  }
  return true;
}

DataTypePtr MergeTypes(const DataTypePtr& left, const DataTypePtr& right) {
  if (SameType(*left, *right)) return AsNullable(left);
  if (left->id() != right->id()) return nullptr;
  switch (left->id()) {
    case arrow::Type::STRUCT: {
      arrow::FieldVector merged;
      FieldPtr conflict;
      if (!MergeFields(left->fields(), right->fields(), &merged, &conflict)) return nullptr;
      return arrow::struct_(std::move(merged));
    }
    case arrow::Type::LIST: {
      auto element = MergeTypes(left->field(0)->type(), right->field(0)->type());
      return element ? ArrayOf(std::move(element)) : nullptr;
    }
    case arrow::Type::MAP: {
      const auto& one = static_cast<const arrow::MapType&>(*left);
      const auto& other = static_cast<const arrow::MapType&>(*right);
      auto key = MergeTypes(one.key_type(), other.key_type());
      auto value = MergeTypes(one.item_type(), other.item_type());
      return key && value ? MapOf(std::move(key), std::move(value)) : nullptr;
    }
    case arrow::Type::DECIMAL128: {
      const auto& one = static_cast<const arrow::Decimal128Type&>(*left);
      const auto& other = static_cast<const arrow::Decimal128Type&>(*right);
      if (one.scale() != other.scale()) return nullptr;
      return one.precision() > other.precision() ? left : right;
    }
    default:
      return nullptr;
  }
}

}  // namespace

Result<SchemaPtr> MergeSchemas(const arrow::Schema& left, const arrow::Schema& right) {
  arrow::FieldVector merged;
  FieldPtr conflict;
  if (!MergeFields(left.fields(), right.fields(), &merged, &conflict)) {
    const auto& known = left.field(FindField(left, conflict->name()));
    return MakeError(ErrorKind::kSpark, "CANNOT_MERGE_SCHEMAS",
                     "The column " + QuoteIdentifier(conflict->name()) + " is " +
                         SqlName(*known->type()) + " in one file and " +
                         SqlName(*conflict->type()) + " in another.",
                     {{"left", "\"" + SqlName(*known->type()) + "\""},
                      {"right", "\"" + SqlName(*conflict->type()) + "\""}});
  }
  return arrow::schema(std::move(merged));
}

}  // namespace headrace
