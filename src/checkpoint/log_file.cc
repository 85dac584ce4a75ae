#include "checkpoint/log_file.h"

#include <algorithm>
#include <charconv>

#include "checkpoint/side_file.h"

namespace headrace {

std::string SideFilePath(const std::string& path) {
  return JoinPath(DirectoryName(path), "." + BaseName(path) + ".crc");
}

Status WriteLogFile(FileSystem* files, const std::string& path, std::string_view text,
                    bool overwrite, const AtomicWritePoints& points, SyncOrder order) {
  // One that was left by an earlier file of this name would condemn the new one.
  ARROW_RETURN_NOT_OK(RemoveSideFile(files, path));
  ARROW_RETURN_NOT_OK(WriteFileAtomically(
      files, path, [&](WritableFile* file) { return file->Append(text); }, overwrite, order,
      points));
  return WriteSideFile(files, path, SideFileOf(text));
}

Result<std::string> ReadLogFile(FileSystem* files, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string text, files->ReadFile(path));
  ARROW_ASSIGN_OR_RAISE(const auto side, ReadSideFile(files, path));
  if (!side) return text;
  if (const std::string computed = SideFileOf(text); *side != computed) {
    return DamagedLogFile(path, static_cast<int64_t>(text.size()), *side, computed);
  }
  return text;
}

Status RemoveLogFile(FileSystem* files, const std::string& path) {
  ARROW_RETURN_NOT_OK(files->RemoveFile(path));
  return RemoveSideFile(files, path);
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
