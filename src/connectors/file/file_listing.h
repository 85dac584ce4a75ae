// The files of a file source: listed, or read from the log of the sink that wrote them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/file/directory_lister.h"
#include "connectors/file/log_entries.h"

namespace headrace {

// A directory that a streaming query wrote holds `_spark_metadata`, and then only the files that
// its log names are read: others may be half-written or of a batch that was never committed. A path
// with a glob, or several paths, read the directories as they are. Not thread-safe.
class FileListing {
 public:
  static Result<std::unique_ptr<FileListing>> Make(std::vector<std::string> paths,
                                                   const FileSelection& selection,
                                                   const ConnectorContext& context);

  // Files that may be new since the last call (perhaps among others); the first call gives all.
  Result<std::vector<DataFile>> ListChanged(const DirectoryLister::IsKnown& is_known = nullptr);
  // ListChanged where all that is new is among `paths`, for what that costs.
  Result<std::vector<DataFile>> Look(const std::set<std::string>& paths);
  Result<std::vector<std::string>> ExpandPaths() { return lister_.ExpandPaths(); }
  // The directories in which something new would show.
  std::set<std::string> WatchedDirectories() const;

 private:
  FileListing(std::vector<std::string> paths, const FileSelection& selection,
              const ConnectorContext& context, std::string sink_root);
  Result<bool> HasSinkLog();
  Result<std::vector<DataFile>> ReadSinkLog();

  const FileSelection selection_;
  const ConnectorContext context_;
  const std::string sink_root_;  // empty: a log of a sink does not count
  DirectoryLister lister_;
  std::optional<bool> from_log_;  // no value: nothing is there yet that would tell
  std::unique_ptr<CompactibleLog> log_;
  int64_t last_log_id_ = -1;
  CompactibleLog::Position log_position_;
};

// The paths of a specification, absolute: `paths`, else the option path.
Result<std::vector<std::string>> SourcePaths(const SourceSpecification& specification);

}  // namespace headrace
