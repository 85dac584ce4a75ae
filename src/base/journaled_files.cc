#include "base/journaled_files.h"

#include <array>
#include <climits>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fmt/format.h>

namespace headrace {

namespace {

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace

JournaledFiles* JournalFor(FileSystem* files, const std::string& directory) {
  auto* journaled = dynamic_cast<JournaledFiles*>(files);
  return journaled != nullptr && journaled->IsJournaled(directory) ? journaled : nullptr;
}

// The kernel shows each mounted file system under the name of its device.
bool ShowsOneJournal(const std::string& kernel_directory, dev_t device) {
  const std::string link =
      fmt::format("{}/dev/block/{}:{}", kernel_directory, major(device), minor(device));
  std::array<char, PATH_MAX> target;
  const ssize_t length = readlink(link.c_str(), target.data(), target.size());
  if (length <= 0) return false;
  const std::string name = BaseName(std::string_view(target.data(), static_cast<size_t>(length)));
  if (Exists(kernel_directory + "/fs/xfs/" + name)) return true;
  // The number of the thread that writes the journal; "<none>" without one.
  std::ifstream file(kernel_directory + "/fs/ext4/" + name + "/journal_task");
  int64_t thread = 0;
  return static_cast<bool>(file >> thread);
}

bool HasOneJournal(dev_t device) {
  static std::mutex mutex;
  static auto* const known = new std::map<dev_t, bool>;
  std::lock_guard lock(mutex);
  const auto [found, is_new] = known->try_emplace(device, false);
  if (is_new) found->second = ShowsOneJournal("/sys", device);
  return found->second;
}

}  // namespace headrace
