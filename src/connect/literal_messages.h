// Literals: Spark Connect's messages to typed values and back.
#pragma once

#include <memory>

#include <arrow/scalar.h>

#include "connect/messages.h"
#include "types/spark_type.h"

namespace headrace {

Result<std::shared_ptr<arrow::Scalar>> LiteralFromMessage(
    const messages::Expression::Literal& message);

// Refuses maps, which clients do not read.
Result<messages::Expression::Literal> LiteralToMessage(const arrow::Array& values, int64_t row);

}  // namespace headrace
