// Encodes Arrow columns as Avro's binary form: the Avro file sink and to_avro.
//
// Made once for a type and a schema; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "functions/avro/avro_schema.h"

namespace headrace {

class AvroEncoder {
 public:
  virtual ~AvroEncoder() = default;

  // `schema`: AvroSchemaOf(type, …), or what the program gave; values of `type` must fit it. A
  // field of the type belongs to the schema's field of its name, or of its place if `positional`.
  // Error: an incompatible type or a missing field, by name.
  static Result<std::shared_ptr<const AvroEncoder>> Make(const DataTypePtr& type,
                                                         AvroSchemaPtr schema, bool positional);

  // Appends every row; ends[i] becomes the length of *out after row i. A null row appends nothing
  // when the schema at the top takes no null. Error: AVRO_CANNOT_WRITE_NULL_FIELD and symbols that
  // an enum has not.
  virtual Status Append(const arrow::Array& values, std::string* out,
                        std::vector<int64_t>* ends) const = 0;
};

}  // namespace headrace
