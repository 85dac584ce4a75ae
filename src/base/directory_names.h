// Names in a directory without a look at each file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace headrace {

struct NameInDirectory {
  std::string name;
  bool is_directory = false;
  std::optional<FileInformation> information;  // where the listing told it anyhow
};

// What a file system offers beside FileSystem when it can tell names for less than FileSystem::List
// costs: on a local disk that is one system call a file.
class DirectoryNames {
 public:
  virtual ~DirectoryNames() = default;
  // Direct children, unsorted; an absent directory gives an empty list.
  virtual Result<std::vector<NameInDirectory>> Names(const std::string& directory) = 0;
};

// By way of List where `files` is no DirectoryNames.
Result<std::vector<NameInDirectory>> NamesIn(FileSystem* files, const std::string& directory);

}  // namespace headrace
