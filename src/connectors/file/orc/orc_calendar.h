// Days of long ago, as ORC files of Spark and Hive keep them.
//
// These files count days by the calendar of the time: Gregorian from 1582-10-15 on, Julian before.
// Spark's own values are Gregorian always.
#pragma once

#include <memory>

#include <arrow/array.h>

#include "base/error.h"

namespace headrace {

// The dates in an array of any type, in columns within columns too. The ten days that the change
// of the calendar left out become its first day, as in Spark.
Result<std::shared_ptr<arrow::Array>> DatesForOrc(const std::shared_ptr<arrow::Array>& array);
Result<std::shared_ptr<arrow::Array>> DatesOfOrc(const std::shared_ptr<arrow::Array>& array);

// Whether the ORC library can write all timestamps (microseconds) of an array in a way that Spark
// reads: not those before 1970 with a part of a second, and none of the Julian calendar.
Status CheckTimestampsForOrc(const arrow::Array& array);

}  // namespace headrace
