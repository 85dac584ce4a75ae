#include "checkpoint/log_file_stream.h"

#include <algorithm>

#include "base/journaled_files.h"
#include "base/random.h"
#include "base/remote_path.h"
#include "checkpoint/log_file.h"
#include "checkpoint/side_file.h"

namespace headrace {

namespace {

// So much is written before the disk is asked to keep it: the end then has little to wait for.
constexpr int64_t kSyncBytes = 4 << 20;

}  // namespace

LogFileReader::LogFileReader(std::string path, std::shared_ptr<FileSystem> files, int64_t size,
                             std::optional<std::string> side)
    : path_(std::move(path)), files_(std::move(files)), size_(size), side_(std::move(side)) {}

Result<std::unique_ptr<LogFileReader>> LogFileReader::Open(std::string path,
                                                           std::shared_ptr<FileSystem> files) {
  ARROW_ASSIGN_OR_RAISE(const auto information, files->Information(path));
  ARROW_ASSIGN_OR_RAISE(auto side, ReadSideFile(files.get(), path));
  const int64_t size = information.size_bytes;
  if (side && SideFileSize(size) != side->size()) return DamagedLogFile(path, size);
  return std::unique_ptr<LogFileReader>(
      new LogFileReader(std::move(path), std::move(files), size, std::move(side)));
}

Result<std::string> LogFileReader::Next(int64_t bytes) {
  if (offset_ == size_) return std::string();
  constexpr auto kChunkBytes = static_cast<int64_t>(kSideFileChunkBytes);
  const int64_t chunks = std::max<int64_t>((bytes + kChunkBytes - 1) / kChunkBytes, 1);
  const int64_t length = std::min(chunks * kChunkBytes, size_ - offset_);
  ARROW_ASSIGN_OR_RAISE(std::string text, files_->ReadRange(path_, offset_, length));
  if (static_cast<int64_t>(text.size()) != length) return DamagedLogFile(path_, offset_);
  if (side_ && !SideFileAgrees(*side_, offset_, text)) return DamagedLogFile(path_, size_);
  offset_ += length;
  return text;
}

int64_t LogFileReader::SkipTo(int64_t offset) {
  constexpr auto kChunkBytes = static_cast<int64_t>(kSideFileChunkBytes);
  offset_ = std::max<int64_t>(std::min(offset, size_), 0) / kChunkBytes * kChunkBytes;
  return offset_;
}

LogLineReader::LogLineReader(std::string path, std::unique_ptr<LogFileReader> file)
    : path_(std::move(path)), file_(std::move(file)) {}

Result<std::unique_ptr<LogLineReader>> LogLineReader::Open(std::string path,
                                                           std::shared_ptr<FileSystem> files) {
  ARROW_ASSIGN_OR_RAISE(auto file, LogFileReader::Open(path, std::move(files)));
  if (file->bytes_left() == 0) return ParseVersion1("", path).status();
  return std::unique_ptr<LogLineReader>(new LogLineReader(std::move(path), std::move(file)));
}

Status LogLineReader::Next(int64_t bytes, const Visit& visit) {
  ARROW_ASSIGN_OR_RAISE(const std::string piece, file_->Next(bytes));
  const bool last = bytes_left() == 0;
  std::string_view text = piece;
  while (!text.empty() || (last && !line_.empty())) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && !last) {
      line_.append(text);
      break;
    }
    line_.append(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!has_version_) {
      ARROW_RETURN_NOT_OK(ParseVersion1(line_, path_).status());
      has_version_ = true;
    } else if (!line_.starts_with('{') || !line_.ends_with('}')) {
      return MalformedLogFile(path_, "'" + line_.substr(0, 80) + "' is no entry in JSON");
    } else {
      ARROW_RETURN_NOT_OK(visit(line_));
    }
    line_.clear();
  }
  return Status::OK();
}

LogFileWriter::LogFileWriter(std::string path, std::string temporary,
                             std::shared_ptr<FileSystem> files)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      files_(std::move(files)),
      side_(EmptySideFile()) {}

Result<std::unique_ptr<LogFileWriter>> LogFileWriter::Create(std::string path,
                                                             std::shared_ptr<FileSystem> files) {
  // A remote file shows only when it is complete.
  std::string temporary;
  if (!IsRemote(path)) {
    temporary = JoinPath(DirectoryName(path),
                         "." + BaseName(path) + "." + Random::System()->Uuid() + ".tmp");
  }
  std::unique_ptr<LogFileWriter> writer(
      new LogFileWriter(std::move(path), std::move(temporary), std::move(files)));
  const std::string& name = writer->temporary_.empty() ? writer->path_ : writer->temporary_;
  ARROW_ASSIGN_OR_RAISE(writer->file_, writer->files_->Create(name));
  return writer;
}

LogFileWriter::~LogFileWriter() {
  file_ = nullptr;
  if (!temporary_.empty()) (void)files_->RemoveFile(temporary_);  // else the next start removes it
}

Status LogFileWriter::Append(std::string_view text) {
  ARROW_RETURN_NOT_OK(file_->Append(text));
  bytes_ += static_cast<int64_t>(text.size());
  unsynced_bytes_ += static_cast<int64_t>(text.size());
  if (unsynced_bytes_ >= kSyncBytes) ARROW_RETURN_NOT_OK(Flush());
  while (!text.empty()) {
    const size_t piece = std::min(text.size(), kSideFileChunkBytes - chunk_.size());
    chunk_.append(text.substr(0, piece));
    text.remove_prefix(piece);
    if (chunk_.size() < kSideFileChunkBytes) break;
    AppendToSideFile(chunk_, &side_);
    chunk_.clear();
  }
  return Status::OK();
}

Status LogFileWriter::Flush() {
  if (unsynced_bytes_ == 0) return Status::OK();
  unsynced_bytes_ = 0;
  return file_->Sync();
}

Status LogFileWriter::Finish() {
  if (temporary_.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path_));
    if (exists) return Status::AlreadyExists(path_, " exists already");
    return file_->Close();
  }
  if (!chunk_.empty()) AppendToSideFile(chunk_, &side_);
  JournaledFiles* const journal = JournalFor(files_.get(), DirectoryName(path_));
  ARROW_RETURN_NOT_OK(journal == nullptr ? file_->Sync() : journal->WriteOut(temporary_));
  // One that was left by an earlier file of this name would condemn the new one.
  ARROW_RETURN_NOT_OK(RemoveSideFile(files_.get(), path_));
  ARROW_RETURN_NOT_OK(files_->RenameIfAbsent(temporary_, path_));
  temporary_ = path_;  // until it is durable
  ARROW_RETURN_NOT_OK(journal == nullptr ? files_->SyncDirectory(DirectoryName(path_))
                                         : file_->Sync());
  temporary_.clear();
  return file_->Close();
}

Status LogFileWriter::WriteChecksums() { return WriteSideFile(files_.get(), path_, side_); }

}  // namespace headrace
