#include "session/session_files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "python/archive.h"

namespace headrace {
namespace {

bool IsArchive(const std::string& name) {
  return name.ends_with(".zip") || name.ends_with(".egg") || name.ends_with(".jar");
}

Status WriteFile(const std::filesystem::path& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (out.flush()) return Status::OK();
  return Status::IOError("cannot write the session's file ", path.string());
}

Status AlreadyExists(const std::string& name) {
  return MakeError(ErrorKind::kRuntime, "ARTIFACT_ALREADY_EXISTS",
                   "The session has another artifact of the name " + name +
                       " already. Give the new one another name.",
                   {{"normalizedRemoteRelativePath", name}});
}

}  // namespace

SessionFiles::~SessionFiles() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Status SessionFiles::MakeDirectory() {
  if (!directory_.empty()) return Status::OK();
  const char* temporary = std::getenv("TMPDIR");
  std::string path =
      std::string(temporary && *temporary ? temporary : "/tmp") + "/headrace-session-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return Status::IOError("cannot make a directory for the session's files: ", path);
  }
  directory_ = path;
  return Status::OK();
}

Status SessionFiles::PutArchive(const std::string& name, const std::string& content,
                                const std::string& interpreter) {
  const size_t mark = name.rfind('#');
  const std::string file = name.substr(0, mark);
  const std::string folder =
      mark == std::string::npos || mark + 1 == name.size() ? file : name.substr(mark + 1);
  if (folder.find('/') != std::string::npos || folder == "..") {
    return IllegalArgument("", "An archive is unpacked into a folder of the session; '" + folder +
                                   "' is no name of one.");
  }
  const std::filesystem::path target = std::filesystem::path(directory_) / folder;
  if (std::filesystem::exists(target)) return AlreadyExists("archives/" + folder);
  // Beside the files that functions see.
  const std::string packed = directory_ + ".archive";
  ARROW_RETURN_NOT_OK(WriteFile(packed, content));
  const Status unpacked = UnpackArchive(interpreter, packed, target);
  std::error_code ignored;
  std::filesystem::remove(packed, ignored);
  if (unpacked.ok()) return unpacked;
  std::filesystem::remove_all(target, ignored);
  return IllegalArgument(
      "", "The archive " + file + " cannot be unpacked: " + unpacked.message() + ".");
}

Status SessionFiles::Put(const std::string& name, const std::string& content,
                         const std::string& interpreter) {
  const size_t slash = name.find('/');
  const std::string kind = name.substr(0, slash);
  if (kind != "pyfiles" && kind != "files" && kind != "archives") return Status::OK();
  const std::string file = name.substr(slash + 1);
  std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(MakeDirectory());
  if (kind == "archives") return PutArchive(file, content, interpreter);
  const std::filesystem::path target = std::filesystem::path(directory_) / file;
  if (std::filesystem::exists(target)) return AlreadyExists(name);
  std::error_code ignored;
  std::filesystem::create_directories(target.parent_path(), ignored);
  ARROW_RETURN_NOT_OK(WriteFile(target, content));
  if (kind == "pyfiles" && IsArchive(file)) archives_.push_back(file);
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
