// Rows of one struct type between Python and the store: the values or keys of a state variable.
//
// They come as pickled tuples or as columns and are known by number from then on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_nested.h>

#include "operators/rows.h"
#include "python/pickle_reader.h"
#include "python/pickle_writer.h"
#include "types/row_encoding.h"

namespace headrace {

class StateRows {
 public:
  // `binary_as_bytes`: see PickleWriter.
  StateRows(SchemaPtr schema, bool binary_as_bytes);

  const SchemaPtr& schema() const { return schema_; }
  void Clear();
  int64_t size() const { return size_ + (builder_ ? builder_->length() : 0); }
  // Values that are not of their types become null, as Spark has it.
  Result<int64_t> Add(std::string_view pickled_tuple);
  // A key that pandas held, which has no other null than NaN for most types: such a NaN is a null,
  // and with `nan_is_null` one of a floating-point column as well.
  Result<int64_t> AddKey(std::string_view pickled_tuple, bool nan_is_null);
  // The first one's number; the others follow.
  Result<int64_t> AddAll(const arrow::Array& structs);
  Result<int64_t> AddAll(const arrow::RecordBatch& rows);

  Result<std::string> PickledTuple(int64_t number);
  Result<std::string> PickledRow(int64_t number);
  // Equal for rows that are equal as keys.
  Result<std::string> Encoding(int64_t number);
  // As an array of structs.
  Result<ArrayPtr> Take(const std::vector<int64_t>& numbers);

 private:
  struct Chunk {
    int64_t first = 0;
    Arrays columns;
  };
  Result<int64_t> Append(const PythonValue& tuple);
  Status FinishBuilder();
  Result<int64_t> AddChunk(Arrays columns, int64_t rows);
  // The chunk with the row, which becomes its number within.
  Result<const Chunk*> Find(int64_t* number);

  const SchemaPtr schema_;
  const DataTypePtr type_;
  PickleWriter pickles_;
  std::vector<Chunk> chunks_;
  int64_t size_ = 0;                               // of the chunks
  std::unique_ptr<arrow::StructBuilder> builder_;  // the rows after them; null: none
  EncodedRows encoded_;
};

}  // namespace headrace
