// The columns `_metadata` and `__input_file` of files: which file, and which part of it, a row
// comes from.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "connectors/file/data_file.h"
#include "types/spark_type.h"

namespace headrace {

inline constexpr char kFileMetadataColumn[] = "_metadata";

// `row_index`: the format tells the row's number within its file.
FieldPtr FileMetadataField(bool row_index);

// What input_file_name() and its like read.
FieldPtr InputFileField();

// The column for `rows` rows of a slice. `row_index`: their numbers, or null if not told.
Result<std::shared_ptr<arrow::Array>> MakeFileMetadata(
    const FileSlice& slice, int64_t rows, const std::shared_ptr<arrow::Array>& row_index);
Result<std::shared_ptr<arrow::Array>> MakeInputFile(const FileSlice& slice, int64_t rows);

}  // namespace headrace
