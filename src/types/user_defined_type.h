// Types that programs define (UserDefinedType): to the engine what they are stored as, to programs
// objects of their classes.
//
// The stored type carries the definition in the metadata of its first part, so that it goes
// wherever the type goes and makes no difference to the engine. A type without parts cannot carry
// one.
#pragma once

#include <string>

#include "types/spark_type.h"

namespace headrace {

// Classes by name, as Spark's JSON has them; "": not given.
struct TypeDefinition {
  std::string jvm_class;
  std::string python_class;
  std::string serialized_python_class;
};

// UNSUPPORTED_DATATYPE for a stored type without parts.
Result<DataTypePtr> DefineType(const DataTypePtr& stored, const TypeDefinition& definition);

bool IsDefined(const DataType& type);
// Of a type that is defined.
TypeDefinition DefinitionOf(const DataType& type);

}  // namespace headrace
