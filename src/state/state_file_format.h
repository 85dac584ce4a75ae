// The numbers of the state's file format (docs/formats.md), for its writer and its reader.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace headrace::state_format {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

inline constexpr std::string_view kMagic = "HDRCSTAT";
inline constexpr int kFormatVersion = 1;
// How keys are encoded as bytes (types/row_encoding.h); another number is another encoding.
inline constexpr int kKeyEncoding = 1;

enum BlockKind : uint32_t { kHeader = 1, kRemovals = 2, kPuts = 3, kTrailer = 4 };

// Before each payload. Payloads are padded with zeros to a multiple of eight bytes; `checksum` is
// the CRC-32C of `kind`, `payload_bytes` and the padded payload.
struct BlockHead {
  uint32_t kind;
  uint32_t checksum;
  uint64_t payload_bytes;
};
static_assert(sizeof(BlockHead) == 16);

// The payload of the last block.
struct Trailer {
  uint64_t puts;
  uint64_t removals;
  uint32_t file_checksum;  // CRC-32C of everything before this block
  uint32_t reserved;       // 0
};
static_assert(sizeof(Trailer) == 24);

inline uint64_t Padded(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace headrace::state_format
