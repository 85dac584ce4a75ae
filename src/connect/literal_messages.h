// Literals: Spark Connect's messages to typed values.
#pragma once

#include <memory>

#include <arrow/scalar.h>

#include "connect/messages.h"
#include "types/spark_type.h"

namespace headrace {

Result<std::shared_ptr<arrow::Scalar>> LiteralFromMessage(
    const messages::Expression::Literal& message);

}  // namespace headrace
