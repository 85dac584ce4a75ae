// Columns that a source has beside its schema. They are in no `*` and in no result unless a program
// names them: `_metadata` of files, and what input_file_name() and its like read.
#pragma once

#include "connector/source.h"

namespace headrace {

// A struct<name: string, block_start: bigint, block_length: bigint>.
inline constexpr char kInputFileColumn[] = "__input_file";

// A SourceProvider may be one of these, too. The schema that OpenBatch and OpenStream get ends with
// these columns.
class MetadataColumnProvider {
 public:
  virtual ~MetadataColumnProvider() = default;
  virtual arrow::FieldVector MetadataColumns(const SourceSpecification& source) const = 0;
};

// The fields that MetadataColumns gives are marked, so that a data column of the name is told
// apart.
FieldPtr MarkMetadataColumn(const FieldPtr& field);
bool IsMetadataColumn(const arrow::Field& field);

}  // namespace headrace
