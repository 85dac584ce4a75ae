#include "base/fault_file_system.h"

#include <cstring>
#include <utility>

namespace headrace {

Status FaultFileSystem::State::Pass(const char* operation, const std::string& path) {
  const int64_t call = ++calls;
  const int64_t first = fail_at;
  if (first == 0 || (forever ? call < first : call != first)) return Status::OK();
  failed = true;
  return Status::IOError("cannot ", operation, " ", path, ": ", strerrordesc_np(error), " (",
                         strerrorname_np(error), ")");
}

class FaultFileSystem::OpenFile : public WritableFile {
 public:
  OpenFile(std::string path, std::unique_ptr<WritableFile> file, std::shared_ptr<State> state)
      : path_(std::move(path)), file_(std::move(file)), state_(std::move(state)) {}

  Status Append(std::string_view bytes) override {
    if (Status passed = state_->Pass("write", path_); !passed.ok()) {
      ARROW_RETURN_NOT_OK(file_->Append(bytes.substr(0, bytes.size() / 2)));
      return passed;
    }
    return file_->Append(bytes);
  }

  Status Sync() override {
    ARROW_RETURN_NOT_OK(state_->Pass("sync", path_));
    return file_->Sync();
  }

  Status Close() override {
    ARROW_RETURN_NOT_OK(state_->Pass("close", path_));
    return file_->Close();
  }

 private:
  const std::string path_;
  const std::unique_ptr<WritableFile> file_;
  const std::shared_ptr<State> state_;
};

FaultFileSystem::FaultFileSystem(std::shared_ptr<FileSystem> files) : files_(std::move(files)) {}

void FaultFileSystem::FailAt(int64_t call, int error, bool forever) {
  state_->calls = 0;
  state_->failed = false;
  state_->error = error;
  state_->forever = forever;
  state_->fail_at = call;
}

Result<std::string> FaultFileSystem::ReadFile(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("read", path));
  return files_->ReadFile(path);
}

Result<std::string> FaultFileSystem::ReadRange(const std::string& path, int64_t offset,
                                               int64_t length) {
  ARROW_RETURN_NOT_OK(state_->Pass("read", path));
  return files_->ReadRange(path, offset, length);
}

Result<std::unique_ptr<WritableFile>> FaultFileSystem::Create(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("create", path));
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<WritableFile> file, files_->Create(path));
  return std::make_unique<OpenFile>(path, std::move(file), state_);
}

Status FaultFileSystem::Sync(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("sync", path));
  return files_->Sync(path);
}

Status FaultFileSystem::SyncDirectory(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("sync directory", path));
  return files_->SyncDirectory(path);
}

Status FaultFileSystem::CreateDirectories(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("create directory", path));
  return files_->CreateDirectories(path);
}

Status FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  ARROW_RETURN_NOT_OK(state_->Pass("rename", from));
  return files_->Rename(from, to);
}

Status FaultFileSystem::RenameIfAbsent(const std::string& from, const std::string& to) {
  ARROW_RETURN_NOT_OK(state_->Pass("rename", from));
  return files_->RenameIfAbsent(from, to);
}

Status FaultFileSystem::RemoveFile(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("remove", path));
  return files_->RemoveFile(path);
}

Status FaultFileSystem::RemoveDirectory(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("remove directory", path));
  return files_->RemoveDirectory(path);
}

Result<bool> FaultFileSystem::Exists(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("inspect", path));
  return files_->Exists(path);
}

Result<FileInformation> FaultFileSystem::Information(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("inspect", path));
  return files_->Information(path);
}

Result<std::vector<FileInformation>> FaultFileSystem::List(const std::string& directory) {
  ARROW_RETURN_NOT_OK(state_->Pass("list", directory));
  return files_->List(directory);
}

Result<std::shared_ptr<void>> FaultFileSystem::Lock(const std::string& path) {
  ARROW_RETURN_NOT_OK(state_->Pass("lock", path));
  return files_->Lock(path);
}

}  // namespace headrace
