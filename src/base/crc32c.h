// CRC-32C (Castagnoli): the checksum of every file and record whose format is ours.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

// Checksum of `bytes`; with the checksum of preceding bytes as `crc`, of both together.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

namespace internal {
// What Crc32c does on processors without the instruction.
uint32_t Crc32cByTable(std::string_view bytes, uint32_t crc);
}  // namespace internal

}  // namespace headrace
