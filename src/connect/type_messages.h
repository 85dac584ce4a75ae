// Types: Spark Connect's messages to the engine's Arrow types and back.
#pragma once

#include "connect/messages.h"
#include "types/spark_type.h"

namespace headrace {

// UNSUPPORTED_DATATYPE naming types that the engine has not.
Result<DataTypePtr> TypeFromMessage(const messages::DataType& message);
// A struct type as a schema.
Result<SchemaPtr> SchemaFromMessage(const messages::DataType& message);

Result<messages::DataType> TypeToMessage(const DataType& type);
Result<messages::DataType> SchemaToMessage(const arrow::Schema& schema);

}  // namespace headrace
