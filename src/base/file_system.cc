#include "base/file_system.h"

#include "base/atomic_write.h"
#include "base/injection.h"
#include "base/journaled_files.h"
#include "base/random.h"
#include "base/remote_path.h"

namespace headrace {
namespace {

Status PassPoint(const char* point) {
  if (point != nullptr) HEADRACE_INJECT(point);
  return Status::OK();
}

// A remote file is put at once and whole, under its own name, and is durable then.
Status WriteRemoteFile(FileSystem* files, const std::string& path,
                       const std::function<Status(WritableFile*)>& write, bool overwrite,
                       const AtomicWritePoints& points) {
  if (!overwrite) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(path));
    if (exists) return Status::AlreadyExists(path, " exists already");
  }
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<WritableFile> file, files->Create(path));
  ARROW_RETURN_NOT_OK(write(file.get()));
  ARROW_RETURN_NOT_OK(PassPoint(points.temp_written));
  ARROW_RETURN_NOT_OK(PassPoint(points.synced));
  ARROW_RETURN_NOT_OK(file->Close());
  return PassPoint(points.renamed);
}

}  // namespace

Status FileSystem::WriteFile(const std::string& path, std::string_view content) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<WritableFile> file, Create(path));
  ARROW_RETURN_NOT_OK(file->Append(content));
  return file->Close();
}

Status FileSystem::WriteFileAtomically(const std::string& path, std::string_view content,
                                       bool overwrite, const AtomicWritePoints& points) {
  return WriteFileAtomically(
      path, [&](WritableFile* file) { return file->Append(content); }, overwrite, points);
}

Status FileSystem::WriteFileAtomically(const std::string& path,
                                       const std::function<Status(WritableFile*)>& write,
                                       bool overwrite, const AtomicWritePoints& points) {
  return headrace::WriteFileAtomically(this, path, write, overwrite, SyncOrder::kFileThenName,
                                       points);
}

Status WriteFileAtomically(FileSystem* files, const std::string& path,
                           const std::function<Status(WritableFile*)>& write, bool overwrite,
                           SyncOrder order, const AtomicWritePoints& points) {
  if (IsRemote(path)) return WriteRemoteFile(files, path, write, overwrite, points);
  const std::string directory = DirectoryName(path);
  // A fresh name a call: what a failed fsync left behind is never written again.
  const std::string temporary =
      JoinPath(directory, "." + BaseName(path) + "." + Random::System()->Uuid() + ".tmp");

  JournaledFiles* const journal = JournalFor(files, directory);
  // What is replaced stays until the new content is durable, which takes a sync of its own.
  const bool one_sync = journal != nullptr && (order == SyncOrder::kNameThenFile ||
                                               (order == SyncOrder::kFileThenName && !overwrite));
  const bool file_first = order == SyncOrder::kFileThenName && !one_sync;

  std::string name = temporary;
  const auto put_in_place = [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<WritableFile> file, files->Create(temporary));
    ARROW_RETURN_NOT_OK(write(file.get()));
    ARROW_RETURN_NOT_OK(PassPoint(points.temp_written));
    if (order == SyncOrder::kFileThenName) {
      ARROW_RETURN_NOT_OK(file_first ? file->Sync() : journal->WriteOut(temporary));
      ARROW_RETURN_NOT_OK(PassPoint(points.synced));
    }
    if (file_first) ARROW_RETURN_NOT_OK(file->Close());
    ARROW_RETURN_NOT_OK(overwrite ? files->Rename(temporary, path)
                                  : files->RenameIfAbsent(temporary, path));
    name = path;
    if (file_first) return Status::OK();
    if (order != SyncOrder::kLater) ARROW_RETURN_NOT_OK(file->Sync());
    return file->Close();
  };
  if (Status written = put_in_place(); !written.ok()) {
    [[maybe_unused]] const Status removed = files->RemoveFile(name);  // the first error counts
    return written;
  }
  ARROW_RETURN_NOT_OK(PassPoint(points.renamed));
  if (one_sync || order == SyncOrder::kLater) return Status::OK();
  return files->SyncDirectory(directory);
}

Status FileSystem::RemoveTemporaryFiles(const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, List(directory));
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    if (!child.is_directory && name.starts_with('.') &&
        (name.ends_with(".tmp") || name.ends_with(".tmp.crc"))) {
      ARROW_RETURN_NOT_OK(RemoveFile(child.path));
    }
  }
  return Status::OK();
}

}  // namespace headrace
