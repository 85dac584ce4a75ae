// The errors of ANSI arithmetic and indexing.
#pragma once

#include <string>

#include "types/spark_type.h"

namespace headrace {

// `what` tells the failing operation with its values: "2147483647 + 1". `alternative` is the
// function that gives null instead ("try_add"), or "".
Status ArithmeticOverflow(const DataType& type, const std::string& what,
                          const std::string& alternative);
// For tinyint and smallint, which have a condition of their own.
Status BinaryArithmeticOverflow(const std::string& left, const std::string& symbol,
                                const std::string& right, const std::string& alternative);
Status DivideByZero(const std::string& what);
Status RemainderByZero(const std::string& what);
// A decimal that needs more digits than its type has.
Status DecimalOutOfRange(const std::string& value, int precision, int scale);
Status InvalidArrayIndex(int64_t index, int64_t size);
// `function` as in element_at.
Status InvalidArrayIndexInElementAt(int64_t index, int64_t size);
// INVALID_PARAMETER_VALUE.<reason>
Status InvalidParameterValue(const std::string& reason, const std::string& function,
                             const std::string& parameter, const std::string& text,
                             ErrorParameters parameters = {});

}  // namespace headrace
