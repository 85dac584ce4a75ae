#include "storage/move_object.h"

#include "base/file_system.h"

namespace headrace {

Status MoveObject(const Store& store, const std::string& from, const std::string& to) {
  arrow::fs::FileSystem& files = *store.files;
  const Status moved = files.Move(from, to);
  if (moved.IsNotImplemented()) {
    ARROW_RETURN_NOT_OK(files.CopyFile(from, to));
    return files.DeleteFile(from);
  }
  if (moved.ok() || !store.moves_need_directory) return moved;
  const std::string directory = DirectoryName(to);
  ARROW_ASSIGN_OR_RAISE(const auto found, files.GetFileInfo(directory));
  if (found.type() != arrow::fs::FileType::NotFound) return moved;
  ARROW_RETURN_NOT_OK(files.CreateDir(directory, /*recursive=*/true));
  return files.Move(from, to);
}

}  // namespace headrace
