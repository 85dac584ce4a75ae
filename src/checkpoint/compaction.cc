#include "checkpoint/compaction.h"

#include <algorithm>

#include "checkpoint/log_file.h"

namespace headrace {

namespace {

constexpr int64_t kPieceBytes = 1 << 20;
constexpr std::string_view kVersion = "v1";

}  // namespace

Compaction::Compaction(std::unique_ptr<LogFileReader> previous, std::string previous_path,
                       std::unique_ptr<LogFileWriter> file, Keep keep)
    : previous_(std::move(previous)),
      previous_path_(std::move(previous_path)),
      file_(std::move(file)),
      keep_(std::move(keep)) {}

Result<std::unique_ptr<Compaction>> Compaction::Begin(const std::string& previous, std::string path,
                                                      std::shared_ptr<FileSystem> files,
                                                      Keep keep) {
  std::unique_ptr<LogFileReader> reader;
  if (!previous.empty()) {
    ARROW_ASSIGN_OR_RAISE(reader, LogFileReader::Open(previous, files));
  }
  ARROW_ASSIGN_OR_RAISE(auto writer, LogFileWriter::Create(std::move(path), std::move(files)));
  ARROW_RETURN_NOT_OK(writer->Append(kVersion));
  if (reader && reader->bytes_left() == 0) return ParseVersion1("", previous).status();
  return std::unique_ptr<Compaction>(
      new Compaction(std::move(reader), previous, std::move(writer), std::move(keep)));
}

Status Compaction::CopyShare(int64_t shares) {
  if (!previous_) return Status::OK();
  int64_t share = (previous_->bytes_left() + shares - 1) / shares;
  while (share > 0 && previous_->bytes_left() > 0) {
    const int64_t before = previous_->bytes_left();
    ARROW_ASSIGN_OR_RAISE(const std::string text, previous_->Next(std::min(share, kPieceBytes)));
    share -= before - previous_->bytes_left();
    ARROW_RETURN_NOT_OK(Copy(text, previous_->bytes_left() == 0));
  }
  return Status::OK();
}

Status Compaction::Copy(std::string_view text, bool last) {
  std::string kept;
  kept.reserve(line_.size() + text.size() + 1);
  while (!text.empty() || (last && !line_.empty())) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !last) {
      line_.append(text);
      break;
    }
    line_.append(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!has_version_) {
      ARROW_RETURN_NOT_OK(ParseVersion1(line_, previous_path_).status());
      has_version_ = true;
    } else if (!line_.starts_with('{') || !line_.ends_with('}')) {
      return MalformedLogFile(previous_path_, "'" + line_.substr(0, 80) + "' is no entry in JSON");
    } else {
      AppendLine(line_, &kept);
    }
    line_.clear();
  }
  return file_->Append(kept);
}

void Compaction::AppendLine(const std::string& line, std::string* kept) const {
  if (keep_ && !keep_(line)) return;
  *kept += '\n';
  *kept += line;
}

Status Compaction::Append(const std::vector<std::string>& entries) {
  std::string kept;
  for (const auto& entry : entries) AppendLine(entry, &kept);
  return file_->Append(kept);
}

Status Compaction::Finish() { return file_->Finish(); }

}  // namespace headrace
