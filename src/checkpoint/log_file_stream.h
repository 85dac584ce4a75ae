// Log files of any size, written and read piece by piece: see log_file.h for what they are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.h"

namespace headrace {

// The first line of Spark's logs.
inline constexpr std::string_view kLogVersion = "v1";

// Reads a file from its begin to its end; damage that the side file tells is found with the piece
// that has it. Not thread-safe.
class LogFileReader {
 public:
  static Result<std::unique_ptr<LogFileReader>> Open(std::string path,
                                                     std::shared_ptr<FileSystem> files);
  // About `bytes` more, at least one; empty at the end only.
  Result<std::string> Next(int64_t bytes);
  int64_t bytes_left() const { return size_ - offset_; }
  // Passes over what lies before `offset`, but for less than a chunk of it; gives where it stands.
  int64_t SkipTo(int64_t offset);

 private:
  LogFileReader(std::string path, std::shared_ptr<FileSystem> files, int64_t size,
                std::optional<std::string> side);

  const std::string path_;
  const std::shared_ptr<FileSystem> files_;
  const int64_t size_;
  const std::optional<std::string> side_;
  int64_t offset_ = 0;
};

// The lines of a file behind its first one, which must say v1. Not thread-safe.
class LogLineReader {
 public:
  using Visit = std::function<Status(const std::string& line)>;

  static Result<std::unique_ptr<LogLineReader>> Open(std::string path,
                                                     std::shared_ptr<FileSystem> files);
  // Visits the lines that end in about `bytes` more. MALFORMED_LOG_FILE for a line that is no JSON
  // object by its ends.
  Status Next(int64_t bytes, const Visit& visit);
  int64_t bytes_left() const { return file_->bytes_left(); }

 private:
  LogLineReader(std::string path, std::unique_ptr<LogFileReader> file);

  const std::string path_;
  const std::unique_ptr<LogFileReader> file_;
  bool has_version_ = false;
  std::string line_;  // the begin of one whose rest was not read yet
};

// A file that has its name only when it is complete. Dropped before, nothing of it stays. Not
// thread-safe.
class LogFileWriter {
 public:
  static Result<std::unique_ptr<LogFileWriter>> Create(std::string path,
                                                       std::shared_ptr<FileSystem> files);
  ~LogFileWriter();

  Status Append(std::string_view text);
  // Has the disk keep what there is, so that Finish has little to wait for.
  Status Flush();
  // Durable; AlreadyExists when the name is taken.
  Status Finish();
  // The side file, which a file can do without: the last step.
  Status WriteChecksums();
  int64_t bytes() const { return bytes_; }

 private:
  LogFileWriter(std::string path, std::string temporary, std::shared_ptr<FileSystem> files);

  const std::string path_;
  std::string temporary_;  // empty: remote, or nothing to remove
  const std::shared_ptr<FileSystem> files_;
  std::unique_ptr<WritableFile> file_;
  int64_t bytes_ = 0;
  int64_t unsynced_bytes_ = 0;
  std::string side_;
  std::string chunk_;  // the begin of a chunk that is not complete
};

}  // namespace headrace
