// The checksums that Hadoop keeps beside a file on a local disk, in `.<name>.crc`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace headrace {

// Each chunk of a file, the last one shorter, has a checksum of its own.
inline constexpr size_t kSideFileChunkBytes = 512;

std::string EmptySideFile();
// Of a chunk, behind those of the chunks before it.
void AppendToSideFile(std::string_view chunk, std::string* side);
std::string SideFileOf(std::string_view text);
// The bytes of a side file for a file of so many.
size_t SideFileSize(int64_t file_bytes);
// Whether `text`, which stands at `offset` (of a chunk) in the file, has the checksums in `side`.
bool SideFileAgrees(std::string_view side, int64_t offset, std::string_view text);

// What is beside `path`. No value: nothing, or something that a power failure damaged.
Result<std::optional<std::string>> ReadSideFile(FileSystem* files, const std::string& path);
// A failure leaves none, and is a warning: the file itself is safe.
Status WriteSideFile(FileSystem* files, const std::string& path, const std::string& side);
Status RemoveSideFile(FileSystem* files, const std::string& path);

// CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED.
Status DamagedLogFile(const std::string& path, int64_t size, std::string_view expected = {},
                      std::string_view computed = {});

}  // namespace headrace
