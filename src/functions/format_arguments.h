// Arguments that functions of text formats (JSON, CSV, Avro) have in common.
#pragma once

#include <string>

#include "base/options.h"
#include "functions/signature.h"

namespace headrace {

// A constant map of strings: INVALID_OPTIONS.NON_STRING_TYPE, INVALID_OPTIONS.NON_MAP_FUNCTION.
Result<Options> OptionsArgument(const std::string& function, const Expression& argument);

// A schema as DDL or JSON, all of it nullable: INVALID_SCHEMA.NON_STRING_LITERAL,
// INVALID_SCHEMA.NULL, and errors of its syntax.
Result<DataTypePtr> SchemaArgument(const std::string& function, const Expression& argument);

}  // namespace headrace
