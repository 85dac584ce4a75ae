// Decodes Avro's binary form straight into Arrow columns: the Avro file source and from_avro.
//
// Made once for a schema and a target type, then fed datum after datum; buffers are kept. Not
// thread-safe. Fields that the target lacks are passed over.
//
//   ARROW_ASSIGN_OR_RAISE(auto decoder, AvroDecoder::Make(written, wanted, target, {}));
//   auto used = decoder->Append(bytes);          // one datum; what follows it is not looked at
//   if (!used.ok()) decoder->AppendNull();       // PERMISSIVE: a row that failed leaves nothing
//   ARROW_ASSIGN_OR_RAISE(auto rows, decoder->Finish());
#pragma once

#include <memory>
#include <string_view>

#include <arrow/array.h>

#include "functions/avro/avro_schema.h"

namespace headrace {

struct AvroReadOptions {
  // Fields of the target and of the schema belong together by their order, not by their names.
  bool positional = false;
  bool case_sensitive = false;
  AvroTypeOptions types;  // as they were when the target was made
};

class AvroDecoder {
 public:
  virtual ~AvroDecoder() = default;

  // `written`: the schema of the bytes. `wanted`: the schema that the program gave, by whose names,
  // aliases, defaults and logical types the bytes are read (Avro's schema resolution); null: as
  // written. `target`: the type of the rows (SparkTypeOf(wanted), or fewer fields of it, or
  // another type that the values fit). Error: AVRO_INCOMPATIBLE_READ_TYPE, or a field that is
  // absent and must not be.
  static Result<std::unique_ptr<AvroDecoder>> Make(AvroSchemaPtr written, AvroSchemaPtr wanted,
                                                   const DataTypePtr& target,
                                                   const AvroReadOptions& options);

  // Appends a row; returns how many bytes the datum has. Invalid: malformed, no row was appended.
  virtual Result<size_t> Append(std::string_view bytes) = 0;
  virtual void AppendNull() = 0;
  virtual int64_t rows() const = 0;
  // The rows since the last Finish.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
};

}  // namespace headrace
