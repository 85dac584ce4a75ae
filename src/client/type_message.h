// Types to and from Spark Connect's messages.
#pragma once

#include "headrace/types.h"

#include "client/messages.h"

namespace headrace::client {

void WriteType(const DataType& type, messages::DataType* message);
// A type without name here becomes kOther.
DataType TypeFromMessage(const messages::DataType& message);
// SparkConnectException unless it is a struct.
StructType SchemaFromMessage(const messages::DataType& message);

}  // namespace headrace::client
