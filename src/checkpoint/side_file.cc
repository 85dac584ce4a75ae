#include "checkpoint/side_file.h"

#include <arrow/util/crc32.h>
#include <fmt/format.h>

#include "base/log.h"
#include "base/remote_path.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

// Layout: "crc\0", chunk size and one CRC-32 (the one of zip) a chunk, all big endian.
constexpr std::string_view kMagic("crc\0", 4);
constexpr size_t kHeaderBytes = 8;
constexpr size_t kChecksumBytes = 4;

uint32_t Crc32(std::string_view bytes) {
  return arrow::internal::crc32(0, bytes.data(), bytes.size());
}

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(value >> shift);
}

// Whether a side file is whole enough to be believed: its size fits some file.
bool IsWhole(std::string_view side) {
  return side.starts_with(EmptySideFile()) && side.size() % kChecksumBytes == 0;
}

}  // namespace

std::string EmptySideFile() {
  std::string side(kMagic);
  AppendBigEndian(kSideFileChunkBytes, &side);
  return side;
}

void AppendToSideFile(std::string_view chunk, std::string* side) {
  AppendBigEndian(Crc32(chunk), side);
}

std::string SideFileOf(std::string_view text) {
  std::string side = EmptySideFile();
  for (size_t start = 0; start < text.size(); start += kSideFileChunkBytes) {
    AppendToSideFile(text.substr(start, kSideFileChunkBytes), &side);
  }
  return side;
}

size_t SideFileSize(int64_t file_bytes) {
  const size_t chunks =
      (static_cast<size_t>(file_bytes) + kSideFileChunkBytes - 1) / kSideFileChunkBytes;
  return kHeaderBytes + chunks * kChecksumBytes;
}

bool SideFileAgrees(std::string_view side, int64_t offset, std::string_view text) {
  const std::string computed = SideFileOf(text).substr(kHeaderBytes);
  const size_t begin = SideFileSize(offset);
  return begin <= side.size() && side.substr(begin, computed.size()) == computed;
}

Result<std::optional<std::string>> ReadSideFile(FileSystem* files, const std::string& path) {
  if (IsRemote(path)) return std::nullopt;
  const std::string side_path = SideFilePath(path);
  ARROW_ASSIGN_OR_RAISE(const bool has_side, files->Exists(side_path));
  if (!has_side) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(std::string side, files->ReadFile(side_path));
  if (IsWhole(side)) return side;
  LogWarn("checkpoint", side_path + " is damaged; " + path + " is read without verification");
  return std::nullopt;
}

Status WriteSideFile(FileSystem* files, const std::string& path, const std::string& side) {
  constexpr size_t kSectorBytes = 512;
  if (IsRemote(path)) return Status::OK();
  const std::string side_path = SideFilePath(path);
  // Not synced, unless a power failure could leave a part of it: one sector is there or is not.
  const Status written = side.size() <= kSectorBytes
                             ? files->WriteFile(side_path, side)
                             : files->WriteFileAtomically(side_path, side, /*overwrite=*/true);
  if (written.ok()) return Status::OK();
  // No reason to stop a query. Half a side file must not stay.
  LogWarn("checkpoint", "no checksum beside " + path + ": " + written.message());
  return files->RemoveFile(side_path);
}

Status RemoveSideFile(FileSystem* files, const std::string& path) {
  return IsRemote(path) ? Status::OK() : files->RemoveFile(SideFilePath(path));
}

Status DamagedLogFile(const std::string& path, int64_t size, std::string_view expected,
                      std::string_view computed) {
  const auto shown = [](std::string_view side) {
    return side.size() < kHeaderBytes ? std::string()
                                      : fmt::format("{:08x}", Crc32(side.substr(kHeaderBytes)));
  };
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   path + " is damaged: its " + std::to_string(size) +
                       " bytes do not have the checksums in " + BaseName(SideFilePath(path)) +
                       ". Restore the file from a copy, or start with a new checkpoint.",
                   {{"fileName", path},
                    {"expectedSize", ""},
                    {"expectedChecksum", shown(expected)},
                    {"computedSize", std::to_string(size)},
                    {"computedChecksum", shown(computed)}});
}

}  // namespace headrace
