#include "checkpoint/log_file.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/log.h"

namespace headrace {
namespace {

// Layout: "crc\0", chunk size and one CRC-32 (the one of zip) a chunk, all big endian.
constexpr std::string_view kSideFileMagic("crc\0", 4);
constexpr size_t kChunkBytes = 512;
constexpr size_t kHeaderBytes = 8;

constexpr std::array<uint32_t, 256> MakeCrc32Table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320 : 0);
    table[byte] = crc;
  }
  return table;
}

uint32_t Crc32(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrc32Table();
  uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return ~crc;
}

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(value >> shift);
}

std::string SideFileOf(std::string_view text) {
  std::string side(kSideFileMagic);
  AppendBigEndian(kChunkBytes, &side);
  for (size_t start = 0; start < text.size(); start += kChunkBytes) {
    AppendBigEndian(Crc32(text.substr(start, kChunkBytes)), &side);
  }
  return side;
}

// Not synced, unless a power failure could leave a part of it: one sector is there or is not.
Status WriteSideFile(FileSystem* files, const std::string& path, const std::string& side) {
  constexpr size_t kSectorBytes = 512;
  if (side.size() <= kSectorBytes) return files->WriteFile(path, side);
  return files->WriteFileAtomically(path, side, /*overwrite=*/true);
}

// Whether a side file is whole enough to be believed: its size fits some file.
bool IsWhole(std::string_view side) {
  std::string header(kSideFileMagic);
  AppendBigEndian(kChunkBytes, &header);
  return side.starts_with(header) && side.size() % 4 == 0;
}

}  // namespace

std::string SideFilePath(const std::string& path) {
  return JoinPath(DirectoryName(path), "." + BaseName(path) + ".crc");
}

Status WriteLogFile(FileSystem* files, const std::string& path, std::string_view text,
                    bool overwrite, const AtomicWritePoints& points, SyncOrder order) {
  // One that was left by an earlier file of this name would condemn the new one.
  ARROW_RETURN_NOT_OK(files->RemoveFile(SideFilePath(path)));
  ARROW_RETURN_NOT_OK(WriteFileAtomically(
      files, path, [&](WritableFile* file) { return file->Append(text); }, overwrite, order,
      points));
  const std::string side_path = SideFilePath(path);
  if (Status written = WriteSideFile(files, side_path, SideFileOf(text)); !written.ok()) {
    // The file itself is safe: no reason to stop a query. Half a side file must not stay.
    LogWarn("checkpoint", "no checksum beside " + path + ": " + written.message());
    return files->RemoveFile(side_path);
  }
  return Status::OK();
}

Result<std::string> ReadLogFile(FileSystem* files, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string text, files->ReadFile(path));
  const std::string side_path = SideFilePath(path);
  ARROW_ASSIGN_OR_RAISE(const bool has_side, files->Exists(side_path));
  if (!has_side) return text;
  ARROW_ASSIGN_OR_RAISE(const std::string side, files->ReadFile(side_path));
  if (!IsWhole(side)) {
    LogWarn("checkpoint", side_path + " is damaged; " + path + " is read without verification");
    return text;
  }
  if (const std::string computed = SideFileOf(text); side != computed) {
    return MakeError(
        ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
        path + " is damaged: its " + std::to_string(text.size()) +
            " bytes do not have the checksums in " + BaseName(side_path) +
            ". Restore the file from a copy, or start with a new checkpoint.",
        {{"fileName", path},
         {"expectedSize", ""},
         {"expectedChecksum", fmt::format("{:08x}", Crc32(side.substr(kHeaderBytes)))},
         {"computedSize", std::to_string(text.size())},
         {"computedChecksum", fmt::format("{:08x}", Crc32(computed.substr(kHeaderBytes)))}});
  }
  return text;
}

Status RemoveLogFile(FileSystem* files, const std::string& path) {
  ARROW_RETURN_NOT_OK(files->RemoveFile(path));
  return files->RemoveFile(SideFilePath(path));
}

Status MalformedLogFile(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "MALFORMED_LOG_FILE",
                   path + " is damaged or no file of a checkpoint: " + what +
                       ". Restore the file from a copy, or start with a new checkpoint.",
                   {{"text", what}});
}

Result<VersionedText> ParseVersion(std::string_view text, const std::string& path) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  int version = 0;
  const char* const last = line.data() + line.size();
  if (line.size() < 2 || line[0] != 'v' ||
      std::from_chars(line.data() + 1, last, version).ptr != last || version < 1) {
    return MalformedLogFile(path, "its first line is no version such as 'v1'");
  }
  return VersionedText{version, text.substr(std::min(end + 1, text.size()))};
}

Result<std::string_view> ParseVersion1(std::string_view text, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const VersionedText parsed, ParseVersion(text, path));
  if (parsed.version != 1) {
    const std::string version = std::to_string(parsed.version);
    return MakeError(ErrorKind::kSpark, "INVALID_LOG_VERSION.EXACT_MATCH_VERSION",
                     path + " has format version v" + version +
                         "; Headrace reads v1 only. Continue this query with the engine that "
                         "wrote it, or start with a new checkpoint.",
                     {{"version", version}, {"matchVersion", "1"}});
  }
  return parsed.body;
}

}  // namespace headrace
