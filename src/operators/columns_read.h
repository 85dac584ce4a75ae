// Which columns of a filter's output are read by the operators above it in its stage.
#pragma once

#include <cstdint>
#include <vector>

#include "operators/operator_chain.h"

namespace headrace {

// One byte a column for nodes[i]; empty when all may be read.
std::vector<uint8_t> ColumnsReadAbove(const std::vector<ChainNode>& nodes, size_t i);

}  // namespace headrace
