// Files that a client gave its session for its functions (addArtifacts), in a directory that
// workers have on their path and know as SparkFiles'. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

class SessionFiles {
 public:
  ~SessionFiles();  // removes the directory

  // `name`: "pyfiles/module.py", "pyfiles/package.zip", "files/data.csv",
  // "archives/model.zip#model" (unpacked by `interpreter` into the folder "model"); others are no
  // files. ARTIFACT_ALREADY_EXISTS where another file has the name.
  Status Put(const std::string& name, const std::string& content, const std::string& interpreter);
  std::string directory() const;              // "": there are no files
  std::vector<std::string> archives() const;  // names in the directory that Python imports from

 private:
  Status MakeDirectory();
  Status PutArchive(const std::string& name, const std::string& content,
                    const std::string& interpreter);

  mutable std::mutex mutex_;
  std::string directory_;
  std::vector<std::string> archives_;
};

}  // namespace headrace
