#include "connectors/file/seen_files.h"

#include <algorithm>
#include <limits>

#include "base/file_system.h"

namespace headrace {

SeenFiles::SeenFiles(int64_t max_age_ms, bool file_name_only)
    : max_age_ms_(max_age_ms),
      file_name_only_(file_name_only),
      oldest_ms_(std::numeric_limits<int64_t>::max()) {}

std::string SeenFiles::KeyOf(const std::string& path) const {
  return file_name_only_ ? BaseName(path) : path;
}

bool SeenFiles::IsNew(const std::string& path, int64_t modification_time_ms) const {
  return modification_time_ms >= purged_below_ms_ && !Contains(path);
}

bool SeenFiles::Contains(const std::string& path) const {
  const auto found = file_name_only_ ? times_.find(BaseName(path)) : times_.find(path);
  return found != times_.end() && found->second >= purged_below_ms_;
}

void SeenFiles::Add(const std::string& path, int64_t modification_time_ms) {
  times_[KeyOf(path)] = modification_time_ms;
  newest_ms_ = std::max(newest_ms_, modification_time_ms);
  oldest_ms_ = std::min(oldest_ms_, modification_time_ms);
}

void SeenFiles::Purge() {
  // The difference cannot overflow: times are not negative.
  purged_below_ms_ = newest_ms_ - max_age_ms_;
  if (oldest_ms_ >= purged_below_ms_ || times_.size() < sweep_at_size_) return;
  oldest_ms_ = std::numeric_limits<int64_t>::max();
  std::erase_if(times_, [&](const auto& entry) {
    if (entry.second < purged_below_ms_) return true;
    oldest_ms_ = std::min(oldest_ms_, entry.second);
    return false;
  });
  sweep_at_size_ = 2 * times_.size();
}

}  // namespace headrace
