// One file of a log in Spark's formats, with the checksum that Hadoop keeps beside it.
//
// Spark writes a side file `.<name>.crc` beside every file on a local disk and verifies it when
// reading; so do we. The side file is no part of the file's durability: without it, or with one
// that a power failure damaged, the file is read unverified, as Spark does. Remote files
// (base/remote_path.h) have none, as in Spark: their stores keep checksums themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/atomic_write.h"

namespace headrace {

// Durable and atomic, see FileSystem::WriteFileAtomically; then the side file, which is neither.
Status WriteLogFile(FileSystem* files, const std::string& path, std::string_view text,
                    bool overwrite, const AtomicWritePoints& points = {},
                    SyncOrder order = SyncOrder::kFileThenName);

// Fails with CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED when the side file says so.
Result<std::string> ReadLogFile(FileSystem* files, const std::string& path);

// Removes a file and its side file.
Status RemoveLogFile(FileSystem* files, const std::string& path);

std::string SideFilePath(const std::string& path);

// The number of the first line `v<number>` of a log file, and what follows that line.
struct VersionedText {
  int version;
  std::string_view body;  // into the text
};
Result<VersionedText> ParseVersion(std::string_view text, const std::string& path);
// As ParseVersion, and version 1 is all that is known.
Result<std::string_view> ParseVersion1(std::string_view text, const std::string& path);

// MALFORMED_LOG_FILE: `what` is wrong in `path`.
Status MalformedLogFile(const std::string& path, const std::string& what);

}  // namespace headrace
