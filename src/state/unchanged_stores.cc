#include "state/unchanged_stores.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/crc32c.h"

namespace headrace {
namespace {

constexpr std::string_view kVersionLine = "headrace-state-unchanged 1\n";

Status Damaged(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   "The state file " + path + " is damaged: " + what +
                       ". Restore the file from a copy, or start the query with a new checkpoint.",
                   {{"fileName", path}});
}

}  // namespace

UnchangedStores::UnchangedStores(const std::string& state_directory, int operator_id,
                                 FileSystem* files)
    : directory_(JoinPath(JoinPath(state_directory, std::to_string(operator_id)), "_unchanged")),
      operator_id_(operator_id),
      files_(files) {}

std::string UnchangedStores::PathOf(int64_t version) const {
  return JoinPath(directory_, std::to_string(version));
}

Status UnchangedStores::Write(int64_t version, const std::vector<UnchangedStore>& stores,
                              SyncOrder order) {
  if (!prepared_) {
    ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
    ARROW_RETURN_NOT_OK(files_->RemoveTemporaryFiles(directory_));
    prepared_ = true;
  }
  nlohmann::ordered_json by_name = nlohmann::ordered_json::object();
  for (const UnchangedStore& store : stores) {
    by_name[store.name].push_back(
        {store.partition, store.origin.version, store.origin.stamp, store.origin.entries});
  }
  const nlohmann::ordered_json json = {
      {"operatorId", operator_id_}, {"version", version}, {"stores", std::move(by_name)}};
  std::string text = std::string(kVersionLine) + json.dump() + "\n";
  text += fmt::format("{:08x}", Crc32c(text));
  return WriteFileAtomically(
      files_, PathOf(version), [&](WritableFile* file) { return file->Append(text); },
      /*overwrite=*/true, order);
}

Result<std::vector<UnchangedStore>> UnchangedStores::Read(int64_t version) const {
  const std::string path = PathOf(version);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  std::vector<UnchangedStore> stores;
  if (!exists) return stores;
  ARROW_ASSIGN_OR_RAISE(const std::string text, files_->ReadFile(path));
  const size_t last_line = text.rfind('\n');
  if (last_line == std::string::npos ||
      text.substr(last_line + 1) != fmt::format("{:08x}", Crc32c(text.substr(0, last_line + 1)))) {
    return Damaged(path, "its checksum is wrong");
  }
  if (!text.starts_with(kVersionLine)) return Damaged(path, "it does not begin as it should");
  const auto json = nlohmann::json::parse(
      text.begin() + static_cast<std::ptrdiff_t>(kVersionLine.size()),
      text.begin() + static_cast<std::ptrdiff_t>(last_line), nullptr, /*allow_exceptions=*/false);
  try {
    if (json.at("operatorId") != operator_id_ || json.at("version") != version) {
      return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
                       "The state file " + path +
                           " does not belong here: it is of another operator or version. Restore "
                           "the file from a copy, or start the query with a new checkpoint.");
    }
    for (const auto& [name, entries] : json.at("stores").items()) {
      for (const auto& entry : entries) {
        UnchangedStore store;
        store.name = name;
        entry.at(0).get_to(store.partition);
        entry.at(1).get_to(store.origin.version);
        entry.at(2).get_to(store.origin.stamp);
        entry.at(3).get_to(store.origin.entries);
        stores.push_back(std::move(store));
      }
    }
  } catch (const nlohmann::json::exception& exception) {
    return Damaged(path, exception.what());
  }
  return stores;
}

Result<std::optional<StateOrigin>> UnchangedStores::Find(int64_t version, const std::string& name,
                                                         int partition) const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<UnchangedStore> stores, Read(version));
  const auto found = std::find_if(stores.begin(), stores.end(), [&](const UnchangedStore& store) {
    return store.partition == partition && store.name == name;
  });
  if (found == stores.end()) return std::nullopt;
  return found->origin;
}

Result<std::vector<int64_t>> UnchangedStores::Versions() const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files_->List(directory_));
  std::vector<int64_t> versions;
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    int64_t version = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), version);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) {
      versions.push_back(version);
    }
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

}  // namespace headrace
