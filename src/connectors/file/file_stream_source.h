// A directory as a stream: each file is read once, oldest first.
//
// Which files a batch reads is written into the source's own log, as one entry with the next
// number, before the engine writes that number as the batch's end into the offset log. After a
// crash between the two the entry is found again and its files are read then; so a file is in
// exactly one entry, and an entry in exactly one batch.
//
// A file that is written in place can be seen before it is complete. Where the directory can be
// watched, a file is left alone until who writes it has closed it; otherwise until it has content.
// Two seconds after its last change it is taken anyhow.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/file/directory_watch.h"
#include "connectors/file/file_listing.h"
#include "connectors/file/file_scan.h"
#include "connectors/file/seen_files.h"
#include "connectors/file/source_cleaner.h"
#include "connectors/file/unread_files.h"

namespace headrace {

class FileStreamSource final : public Source {
 public:
  static Result<std::unique_ptr<Source>> Open(std::string path, std::shared_ptr<FileTable> table,
                                              const FileSelection& selection,
                                              const FileStreamOptions& options,
                                              const std::string& metadata_path,
                                              const ConnectorContext& context);

  SchemaPtr schema() const override { return table_->schema(); }
  std::string Description() const override;
  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit& limit) override;
  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override;
  Status Commit(const OffsetJson& end) override;
  int64_t next_poll_us() const override;
  void SetWake(std::function<void()> wake) override;
  Result<bool> PrepareForAvailableNow() override;

 private:
  FileStreamSource(std::string path, std::shared_ptr<FileTable> table,
                   const FileSelection& selection, const FileStreamOptions& options,
                   const ConnectorContext& context, std::unique_ptr<FileListing> listing,
                   std::unique_ptr<CompactibleLog> log, std::unique_ptr<SourceCleaner> cleaner);

  // Takes the log's files as seen.
  Status Restore();
  // Adds new files to unread_.
  Status FindNewFiles();
  // What of the directories may be new.
  Result<std::vector<DataFile>> ListCandidates();
  // Moves new files to unread_, those that are still being written to unfinished_.
  void Sort(std::vector<DataFile> found);
  // Somebody writes to the file right now, as far as one can tell.
  bool IsUnfinished(const DataFile& file) const;
  Status LogBatch(const std::vector<DataFile>& batch);
  Result<std::vector<SourceLogEntry>> EntriesOf(int64_t offset);
  // Hands the files of committed entries to the cleaner.
  Status CleanUpTo(int64_t offset);
  // What to read of a logged file; no value: it is gone and that is allowed.
  Result<std::optional<DataFile>> Locate(const SourceLogEntry& entry) const;

  const std::string path_;
  const std::shared_ptr<FileTable> table_;
  const FileSelection selection_;
  const FileStreamOptions options_;
  const ConnectorContext context_;
  const std::unique_ptr<FileListing> listing_;
  const std::unique_ptr<CompactibleLog> log_;
  const std::unique_ptr<SourceCleaner> cleaner_;  // null: files stay

  SeenFiles seen_;
  UnreadFiles unread_;
  std::vector<DataFile> unfinished_;
  bool file_list_is_fixed_ = false;  // Trigger.AvailableNow
  int64_t latest_ = -1;              // the last entry of the log
  // Entries that were logged by this run and are not committed.
  std::map<int64_t, std::vector<SourceLogEntry>> recent_;
  int64_t last_cleaned_ = -1;  // entries up to here were handed to the cleaner
  std::set<std::string> watched_;
  std::unique_ptr<DirectoryWatch> watch_;
  // With a watch: when the directories are to be listed though all that was told is known.
  std::chrono::steady_clock::time_point list_again_;
};

}  // namespace headrace
