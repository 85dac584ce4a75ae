// Options of the Avro source and sink.
#pragma once

#include <memory>
#include <string>

#include "connectors/file/file_options.h"
#include "functions/avro/avro_decoder.h"

namespace headrace {

struct AvroFileOptions {
  AvroSchemaPtr schema;  // avroSchema or avroSchemaUrl; null: that of the files
  std::string record_name = "topLevelRecord";
  std::string record_namespace;
  bool ignore_extension = true;
  AvroReadOptions read;

  static Result<AvroFileOptions> Parse(const Options& options, const ConnectorContext& context);
};

}  // namespace headrace
