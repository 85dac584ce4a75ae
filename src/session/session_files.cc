#include "session/session_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

bool IsArchive(const std::string& name) {
  return name.ends_with(".zip") || name.ends_with(".egg") || name.ends_with(".jar");
}

}  // namespace

SessionFiles::~SessionFiles() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Status SessionFiles::Put(const std::string& name, const std::string& content) {
  const size_t slash = name.find('/');
  const std::string kind = name.substr(0, slash);
  if (kind == "archives") {
    return NotSupported("addArtifacts(archive=True)", "Give Python files with pyfile=True.");
  }
  if (kind != "pyfiles" && kind != "files") return Status::OK();
  const std::string file = name.substr(slash + 1);
  std::lock_guard lock(mutex_);
  if (directory_.empty()) {
    const char* temporary = std::getenv("TMPDIR");
    std::string path =
        std::string(temporary && *temporary ? temporary : "/tmp") + "/headrace-session-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return Status::IOError("cannot make a directory for the session's files: ", path);
    }
    directory_ = path;
  }
  const std::filesystem::path target = std::filesystem::path(directory_) / file;
  std::error_code ignored;
  std::filesystem::create_directories(target.parent_path(), ignored);
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!out.flush()) return Status::IOError("cannot write the session's file ", target.string());
  const bool known = std::find(archives_.begin(), archives_.end(), file) != archives_.end();
  if (kind == "pyfiles" && IsArchive(file) && !known) archives_.push_back(file);
  return Status::OK();
}

std::string SessionFiles::directory() const {
  std::lock_guard lock(mutex_);
  return directory_;
}

std::vector<std::string> SessionFiles::archives() const {
  std::lock_guard lock(mutex_);
  return archives_;
}

}  // namespace headrace
