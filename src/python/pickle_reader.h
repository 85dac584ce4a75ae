// Results of pickled functions: Python values to Arrow arrays.
//
// Understands what PySpark's workers write, data only: numbers, texts, bytes, lists, tuples, dicts,
// decimals. Anything else is refused by name. Values become the declared type as in Spark: a value
// of another type becomes null.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <arrow/array/builder_base.h>

#include "types/spark_type.h"

namespace headrace {

// A Python value. Containers share their elements: pickles refer to values more than once.
struct PythonValue {
  // kOther: a date or time where another type was declared; no value of any.
  enum class Kind {
    kNone,
    kBool,
    kInteger,
    kReal,
    kText,
    kBytes,
    kDecimal,
    kList,
    kTuple,
    kDict,
    kOther
  };
  Kind kind = Kind::kNone;
  int64_t integer = 0;     // kBool, kInteger
  bool too_large = false;  // an integer beyond 64 bits: `integer` holds its low bits
  double real = 0;
  std::string text;                                    // kText, kBytes, kDecimal; kOther: its class
  std::vector<std::shared_ptr<PythonValue>> elements;  // kDict: key, value, key, …
  int levels = 0;  // of containers within each other, at most kMostPickleLevels
};
using PythonValuePtr = std::shared_ptr<PythonValue>;

// More than Python itself pickles without being told to.
inline constexpr int kMostPickleLevels = 1000;

// Refuses a value that contains itself, or has more levels.
Result<PythonValuePtr> ReadPickle(std::string_view pickle);

// Appends the value as Spark converts what a function returned; `builder` is one of `type`.
Status AppendPythonValue(const PythonValue& value, const DataType& type,
                         arrow::ArrayBuilder* builder);

}  // namespace headrace
