// Infers a schema from JSON documents: schema_of_json, and reading JSON files without a schema.
//
//   JsonInference inference(options);
//   for (line …) inference.Add(line);           // malformed ones are counted, not an error
//   auto type = inference.Finish();             // a struct for documents that are objects
//
// Rules are Spark's: integers are BIGINT (DECIMAL when they do not fit), other numbers DOUBLE (or
// DECIMAL with prefersDecimal), fields are sorted by name, conflicts make STRING, fields that are
// null everywhere are STRING. Arrays of objects at the top count as their objects.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "functions/json/json_options.h"
#include "functions/json/json_value_reader.h"
#include "functions/json/structural_index.h"
#include "types/spark_type.h"

namespace headrace {

class JsonInference {
 public:
  explicit JsonInference(const JsonReadOptions& options);
  // `text` need not be padded. False: malformed.
  bool Add(std::string_view text);
  int64_t malformed_count() const { return malformed_count_; }
  // The type of everything added; null type when there was nothing.
  DataTypePtr Finish() const;
  // As Finish, for a file source: always a struct, with a corrupt-record column if there were
  // malformed records and the mode is PERMISSIVE.
  SchemaPtr FinishSchema() const;

 private:
  bool AddStrict(std::string_view padded);
  bool Infer(JsonCursor* cursor, DataTypePtr* type, int depth);
  DataTypePtr Merge(const DataTypePtr& left, const DataTypePtr& right) const;

  const JsonReadOptions options_;
  JsonValueReader reader_;
  StructuralIndex index_;
  std::string buffer_;
  DataTypePtr type_;
  int64_t malformed_count_ = 0;
};

}  // namespace headrace
