// bitmap_bit_position, bitmap_bucket_number, bitmap_count.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterBitmapFunctions(FunctionRegistry* registry);

}  // namespace headrace
