// Type names without parameters or with numbers only, shared by the DDL and the JSON parser.
#pragma once

#include <string>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

enum class TypeNameForm {
  kDdl,   // int, bigint, decimal, numeric, …
  kJson,  // integer, long, decimal(10,2), …
};

// Error: UNSUPPORTED_DATATYPE (DDL), INVALID_JSON_DATA_TYPE (JSON) naming the type.
Result<DataTypePtr> TypeFromName(const std::string& name, TypeNameForm form);
Result<DataTypePtr> DecimalTypeChecked(int precision, int scale);

}  // namespace headrace
