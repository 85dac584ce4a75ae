// Files that a client gave its session for its functions (addArtifacts), in a directory that
// workers have on their path. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

class SessionFiles {
 public:
  ~SessionFiles();  // removes the directory

  // `name`: "pyfiles/module.py", "pyfiles/package.zip", "files/data.csv"; others are no files.
  Status Put(const std::string& name, const std::string& content);
  std::string directory() const;              // "": there are no files
  std::vector<std::string> archives() const;  // names in the directory that Python imports from

 private:
  mutable std::mutex mutex_;
  std::string directory_;
  std::vector<std::string> archives_;
};

}  // namespace headrace
