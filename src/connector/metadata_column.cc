#include "connector/metadata_column.h"

#include <arrow/util/key_value_metadata.h>

namespace headrace {

namespace {

constexpr char kMark[] = "headrace.metadata_column";

}  // namespace

FieldPtr MarkMetadataColumn(const FieldPtr& field) {
  return field->WithMetadata(arrow::key_value_metadata({kMark}, {"true"}));
}

bool IsMetadataColumn(const arrow::Field& field) {
  return field.metadata() && field.metadata()->Contains(kMark);
}

}  // namespace headrace
