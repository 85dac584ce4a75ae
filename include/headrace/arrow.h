// Results as Arrow tables: no copy of the data is made row by row.
#pragma once

#include <memory>

#include <arrow/table.h>

#include "headrace/dataframe.h"

namespace headrace::inline v1 {

std::shared_ptr<arrow::Table> toArrow(const DataFrame& dataframe);

}  // namespace headrace::inline v1
