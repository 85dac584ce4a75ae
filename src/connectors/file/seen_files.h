// Which files a stream has taken already, up to an age.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace headrace {

// Ages count back from the newest file ever added, not from the clock. Not thread-safe.
class SeenFiles {
 public:
  SeenFiles(int64_t max_age_ms, bool file_name_only);

  // Neither added before nor older than the maximum age.
  bool IsNew(const std::string& path, int64_t modification_time_ms) const;
  // Added and not forgotten, so that it is not new whatever its time is.
  bool Contains(const std::string& path) const;
  void Add(const std::string& path, int64_t modification_time_ms);
  // Forgets what is too old; from here on such files count as old, not as new. Costs no more than
  // the additions since.
  void Purge();
  size_t size() const { return times_.size(); }

 private:
  std::string KeyOf(const std::string& path) const;

  const int64_t max_age_ms_;
  const bool file_name_only_;
  // Entries below purged_below_ms_ are forgotten, but stay until there are many of them.
  std::unordered_map<std::string, int64_t> times_;
  size_t sweep_at_size_ = 0;
  int64_t newest_ms_ = 0;
  int64_t oldest_ms_;  // a lower bound
  int64_t purged_below_ms_ = 0;
};

}  // namespace headrace
