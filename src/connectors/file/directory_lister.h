// Finds the files below the paths that a program gave.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "connectors/file/data_file.h"
#include "connectors/file/file_options.h"

namespace headrace {

// Lists trees of directories, and again when something in them may have changed: a directory whose
// modification time stands still is not read again, so that an idle poll costs one stat a
// directory. Not thread-safe.
class DirectoryLister {
 public:
  // `paths`: absolute, may hold globs.
  DirectoryLister(std::vector<std::string> paths, FileSelection selection,
                  std::shared_ptr<FileSystem> files);

  // Tells files that need not be listed (again).
  using IsKnown = std::function<bool(const std::string& path)>;

  // The files of all directories that may have changed since the last call; the first call gives
  // all. Sorted by path within each directory. A known file costs its name only.
  Result<std::vector<DataFile>> ListChanged(const IsKnown& is_known = nullptr);
  // Those of `paths` that ListChanged would give, where it listed their directories before; others
  // are left out.
  Result<std::vector<DataFile>> Look(const std::set<std::string>& paths) const;

  // What the paths stand for now: existing files and directories; a path without a glob that does
  // not exist is left out.
  Result<std::vector<std::string>> ExpandPaths();
  // The directories that the last listing went through.
  const std::set<std::string>& directories() const { return visited_; }

 private:
  struct Directory {
    int64_t modification_time_ms = -1;
    bool settled = false;  // nothing can have changed without changing the time
    std::string base_path;
    bool direct = false;  // is itself one of the paths, not one below it
    std::vector<std::string> subdirectories;
  };

  Status Visit(const std::string& directory, const std::string& base_path, bool direct,
               const IsKnown& is_known, std::vector<DataFile>* found);
  // Adds the file if it counts; one that has just gone does not. `told`: what a listing told of it.
  Status AddFile(const std::string& path, const std::string& base_path, bool direct,
                 std::optional<FileInformation> told, std::vector<DataFile>* found) const;

  const std::vector<std::string> paths_;
  const FileSelection selection_;
  const std::shared_ptr<FileSystem> files_;
  std::map<std::string, Directory> directories_;
  std::set<std::string> visited_;
};

// The clock that stamps files, whatever clock the query runs by.
int64_t FileClockMs();

// Matches of an absolute path with globs, sorted. Hidden names match only a pattern that begins
// with the same character.
Result<std::vector<std::string>> ExpandGlob(const std::string& pattern, FileSystem* files);

}  // namespace headrace
