// Values to Spark Connect's messages.
#pragma once

#include "headrace/value.h"

#include "client/messages.h"

namespace headrace::client {

// Arrays, maps and rows become calls of the functions that make them, as in PySpark.
void WriteValue(const Value& value, messages::Expression* expression);
// For places of the protocol that hold a bare literal; IllegalArgumentException for arrays, maps
// and rows, naming `place`.
void WriteLiteral(const Value& value, const char* place, messages::Expression::Literal* literal);

struct DecimalSize {
  int32_t precision;
  int32_t scale;
};
// Of the number as it is written: "1.20" has precision 3, scale 2.
DecimalSize SizeOf(const Decimal& decimal);

}  // namespace headrace::client
