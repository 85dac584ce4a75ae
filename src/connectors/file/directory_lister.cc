#include "connectors/file/directory_lister.h"

#include <algorithm>
#include <chrono>

#include "base/directory_names.h"
#include "base/remote_path.h"
#include "connectors/file/file_path.h"
#include "connectors/file/partition_columns.h"

namespace headrace {

namespace {

// File systems stamp times in steps: of a kernel tick, or of up to 2 s where they keep whole
// seconds only. A directory that changed longer ago than a step before it was read cannot have
// changed again under the same time.
int64_t TimeStepMs(int64_t modification_time_ms) {
  return modification_time_ms % 1000 == 0 ? 2000 : 20;
}

}  // namespace

int64_t FileClockMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<std::vector<std::string>> ExpandGlob(const std::string& pattern, FileSystem* files) {
  std::string root = "/";
  if (IsRemote(pattern))
    root = pattern.substr(0, pattern.size() - SplitRemotePath(pattern).path.size());
  std::vector<std::string> matches{root};
  size_t begin = root.size();
  while (begin <= pattern.size()) {
    const size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string component = pattern.substr(begin, end - begin);
    begin = end + 1;
    if (component.empty()) continue;
    std::vector<std::string> next;
    for (const auto& directory : matches) {
      if (!HasGlob(component)) {
        const std::string path = JoinPath(directory, component);
        ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(path));
        if (exists) next.push_back(path);
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(directory));
      if (!exists) continue;
      ARROW_ASSIGN_OR_RAISE(const auto self, files->Information(directory));
      if (!self.is_directory) continue;
      ARROW_ASSIGN_OR_RAISE(const auto children, files->List(directory));
      for (const auto& child : children) {
        const std::string name = BaseName(child.path);
        if (IsHiddenName(name) && name.front() != component.front()) continue;
        if (GlobMatch(component, name)) next.push_back(child.path);
      }
    }
    matches = std::move(next);
  }
  std::sort(matches.begin(), matches.end());
  return matches;
}

DirectoryLister::DirectoryLister(std::vector<std::string> paths, FileSelection selection,
                                 std::shared_ptr<FileSystem> files)
    : paths_(std::move(paths)), selection_(std::move(selection)), files_(std::move(files)) {}

Result<std::vector<std::string>> DirectoryLister::ExpandPaths() {
  std::vector<std::string> expanded;
  for (const auto& path : paths_) {
    if (HasGlob(path)) {
      ARROW_ASSIGN_OR_RAISE(auto matches, ExpandGlob(path, files_.get()));
      expanded.insert(expanded.end(), matches.begin(), matches.end());
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
    if (exists) expanded.push_back(path);
  }
  return expanded;
}

Result<std::vector<DataFile>> DirectoryLister::ListChanged(const IsKnown& is_known) {
  std::vector<DataFile> found;
  ARROW_ASSIGN_OR_RAISE(const auto roots, ExpandPaths());
  visited_.clear();
  for (const auto& root : roots) {
    auto information = files_->Information(root);
    if (!information.ok()) {
      // It went away since it was expanded.
      ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(root));
      if (!exists) continue;
      return information.status();
    }
    const std::string base = selection_.base_path.value_or(root);
    if (information->is_directory) {
      ARROW_RETURN_NOT_OK(Visit(root, base, /*direct=*/true, is_known, &found));
    } else if (!IsHiddenName(BaseName(root))) {
      ARROW_RETURN_NOT_OK(AddFile(root, selection_.base_path.value_or(DirectoryName(root)),
                                  /*direct=*/true, std::move(*information), &found));
    }
  }
  // Directories that do not exist any more are forgotten.
  std::erase_if(directories_, [&](const auto& entry) { return !visited_.contains(entry.first); });
  return found;
}

Result<std::vector<DataFile>> DirectoryLister::Look(const std::set<std::string>& paths) const {
  std::vector<DataFile> found;
  for (const auto& path : paths) {
    const auto directory = directories_.find(DirectoryName(path));
    if (directory == directories_.end() || IsHiddenName(BaseName(path))) continue;
    ARROW_RETURN_NOT_OK(
        AddFile(path, directory->second.base_path, directory->second.direct, {}, &found));
  }
  return found;
}

Status DirectoryLister::Visit(const std::string& directory, const std::string& base_path,
                              bool direct, const IsKnown& is_known, std::vector<DataFile>* found) {
  if (!visited_.insert(directory).second) return Status::OK();
  auto information = files_->Information(directory);
  if (!information.ok()) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(directory));
    return exists ? information.status() : Status::OK();
  }
  auto& known = directories_[directory];
  known.base_path = base_path;
  known.direct = direct;
  if (!known.settled || known.modification_time_ms != information->modification_time_ms) {
    // Both times are taken before reading, so that a change meanwhile is seen next time.
    known.modification_time_ms = information->modification_time_ms;
    // Those of remote directories are not known.
    known.settled =
        !IsRemote(directory) &&
        information->modification_time_ms + TimeStepMs(known.modification_time_ms) < FileClockMs();
    known.subdirectories.clear();
    ARROW_ASSIGN_OR_RAISE(auto children, NamesIn(files_.get(), directory));
    std::map<std::string, std::optional<FileInformation>> new_files;
    for (auto& child : children) {
      if (IsHiddenName(child.name)) continue;
      std::string path = JoinPath(directory, child.name);
      if (child.is_directory) {
        known.subdirectories.push_back(std::move(path));
      } else if (!is_known || !is_known(path)) {
        new_files.emplace(std::move(path), std::move(child.information));
      }
    }
    std::sort(known.subdirectories.begin(), known.subdirectories.end());
    for (auto& [path, told] : new_files) {
      ARROW_RETURN_NOT_OK(AddFile(path, base_path, direct, std::move(told), found));
    }
  }
  // The map may grow below, so not through the reference.
  const std::vector<std::string> subdirectories = known.subdirectories;
  for (const auto& subdirectory : subdirectories) {
    ARROW_RETURN_NOT_OK(Visit(subdirectory, base_path, /*direct=*/false, is_known, found));
  }
  return Status::OK();
}

Status DirectoryLister::AddFile(const std::string& path, const std::string& base_path, bool direct,
                                std::optional<FileInformation> told,
                                std::vector<DataFile>* found) const {
  // Deeper files count only as parts of a partitioned table, or if asked for.
  if (!direct && !selection_.recursive_lookup &&
      ParsePartitionPath(DirectoryName(path), base_path).empty()) {
    return Status::OK();
  }
  if (!selection_.name_pattern.empty() && !GlobMatch(selection_.name_pattern, BaseName(path))) {
    return Status::OK();
  }
  const auto file = told ? Result<FileInformation>(*std::move(told)) : files_->Information(path);
  if (!file.ok()) {
    // Removed meanwhile, or a link to nowhere.
    ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
    return exists ? file.status() : Status::OK();
  }
  if (file->is_directory) return Status::OK();
  const int64_t time_us = file->modification_time_ms * 1000;
  if (selection_.modified_before_us && time_us >= *selection_.modified_before_us) {
    return Status::OK();
  }
  if (selection_.modified_after_us && time_us <= *selection_.modified_after_us) {
    return Status::OK();
  }
  found->push_back({path, base_path, file->size_bytes, file->modification_time_ms});
  return Status::OK();
}

}  // namespace headrace
