// Tells at once when something appears in a directory, so that nobody needs to look often.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>

namespace headrace {

// A hint only: events may be missed (network file systems, full queues), so who uses it still
// looks now and then. Calls `wake` from its own thread. Thread-safe.
class DirectoryWatch {
 public:
  // Null when the system has no such thing left to give.
  static std::unique_ptr<DirectoryWatch> Start(std::function<void()> wake);
  ~DirectoryWatch();

  // Watches `directory`, not what is below it.
  void Add(const std::string& directory);
  // All directories that were added are watched.
  bool complete() const;
  // Was created since the watch began, and was not closed, as far as events were taken.
  bool IsBeingWritten(const std::string& path) const;
  struct Changes {
    std::set<std::string> files;  // paths that appeared or were closed
    // Something else happened too: of directories, or more than the system keeps.
    bool others = false;
  };
  // What happened since the last call.
  Changes TakeChanges();

 private:
  DirectoryWatch(int events, int stop, std::function<void()> wake);
  void Run();
  // Adds to changes_ what happened up to now; true if anything did.
  bool TakeEvents();

  const int events_;
  const int stop_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::map<int, std::string> directories_;  // by watch descriptor
  std::unordered_set<std::string> being_written_;
  Changes changes_;
  bool complete_ = true;
  std::thread thread_;
};

}  // namespace headrace
