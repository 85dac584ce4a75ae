#include "base/directory_names.h"

namespace headrace {

Result<std::vector<NameInDirectory>> NamesIn(FileSystem* files, const std::string& directory) {
  if (auto* direct = dynamic_cast<DirectoryNames*>(files)) return direct->Names(directory);
  ARROW_ASSIGN_OR_RAISE(const auto children, files->List(directory));
  std::vector<NameInDirectory> names;
  names.reserve(children.size());
  for (const auto& child : children) {
    names.push_back({BaseName(child.path), child.is_directory, child});
  }
  return names;
}

}  // namespace headrace
