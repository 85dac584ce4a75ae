#include "checkpoint/compaction.h"

#include <algorithm>

#include "checkpoint/log_file_stream.h"

namespace headrace {

namespace {

constexpr int64_t kCopiedAtOnce = 1 << 20;

}  // namespace

Compaction::Compaction(std::unique_ptr<LogLineReader> previous, std::unique_ptr<LogFileWriter> file,
                       Keep keep)
    : previous_(std::move(previous)), file_(std::move(file)), keep_(std::move(keep)) {}

Result<std::unique_ptr<Compaction>> Compaction::Begin(const std::string& previous, std::string path,
                                                      std::shared_ptr<FileSystem> files,
                                                      Keep keep) {
  std::unique_ptr<LogLineReader> reader;
  if (!previous.empty()) {
    ARROW_ASSIGN_OR_RAISE(reader, LogLineReader::Open(previous, files));
  }
  ARROW_ASSIGN_OR_RAISE(auto writer, LogFileWriter::Create(std::move(path), std::move(files)));
  ARROW_RETURN_NOT_OK(writer->Append(kLogVersion));
  return std::unique_ptr<Compaction>(
      new Compaction(std::move(reader), std::move(writer), std::move(keep)));
}

Status Compaction::CopyShare(int64_t shares) {
  if (!previous_) return Status::OK();
  int64_t share = (previous_->bytes_left() + shares - 1) / shares;
  while (share > 0 && previous_->bytes_left() > 0) {
    const int64_t before = previous_->bytes_left();
    std::string kept;
    ARROW_RETURN_NOT_OK(
        previous_->Next(std::min(share, kCopiedAtOnce), [&](const std::string& line) {
          AppendLine(line, &kept);
          return Status::OK();
        }));
    share -= before - previous_->bytes_left();
    ARROW_RETURN_NOT_OK(file_->Append(kept));
  }
  return Status::OK();
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

Status Compaction::Flush() { return file_->Flush(); }

Status Compaction::Finish() { return file_->Finish(); }

Status Compaction::WriteChecksums() { return file_->WriteChecksums(); }

}  // namespace headrace
