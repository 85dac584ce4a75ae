#include "connectors/file/directory_watch.h"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace headrace {

namespace {

// A tree with more directories is looked through again and again instead.
constexpr size_t kMaxDirectories = 1024;

}  // namespace

std::unique_ptr<DirectoryWatch> DirectoryWatch::Start(std::function<void()> wake) {
  const int events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (events < 0) return nullptr;
  const int stop = eventfd(0, EFD_CLOEXEC);
  if (stop < 0) {
    close(events);
    return nullptr;
  }
  return std::unique_ptr<DirectoryWatch>(new DirectoryWatch(events, stop, std::move(wake)));
}

DirectoryWatch::DirectoryWatch(int events, int stop, std::function<void()> wake)
    : events_(events), stop_(stop), wake_(std::move(wake)), thread_([this] { Run(); }) {}

DirectoryWatch::~DirectoryWatch() {
  const uint64_t one = 1;
  // Writing 1 to a fresh eventfd cannot fail.
  [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof(one));
  thread_.join();
  close(events_);
  close(stop_);
}

void DirectoryWatch::Add(const std::string& directory) {
  std::lock_guard lock(mutex_);
  const int watch = directories_.size() < kMaxDirectories
                        ? inotify_add_watch(events_, directory.c_str(),
                                            IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO |
                                                IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)
                        : -1;
  if (watch < 0) {
    complete_ = false;
  } else {
    directories_[watch] = directory;
  }
}

bool DirectoryWatch::complete() const {
  std::lock_guard lock(mutex_);
  return complete_;
}

bool DirectoryWatch::IsBeingWritten(const std::string& path) const {
  std::lock_guard lock(mutex_);
  return being_written_.contains(path);
}

DirectoryWatch::Changes DirectoryWatch::TakeChanges() {
  TakeEvents();
  std::lock_guard lock(mutex_);
  return std::exchange(changes_, {});
}

bool DirectoryWatch::TakeEvents() {
  std::lock_guard lock(mutex_);
  alignas(inotify_event) char block[16384];
  bool any = false;
  while (true) {
    const ssize_t size = read(events_, block, sizeof(block));
    if (size <= 0) return any;
    any = true;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(block + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const auto directory = directories_.find(event->wd);
      if (event->len == 0 || directory == directories_.end()) {
        changes_.others = true;
        continue;
      }
      const std::string path = directory->second + "/" + event->name;
      if ((event->mask & IN_ISDIR) != 0) {
        changes_.others = true;
      } else if ((event->mask & (IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
        changes_.files.insert(path);
      }
      if ((event->mask & IN_CREATE) != 0 && (event->mask & IN_ISDIR) == 0) {
        being_written_.insert(path);
      } else {
        being_written_.erase(path);
      }
    }
  }
}

void DirectoryWatch::Run() {
  pollfd waits[2] = {{events_, POLLIN, 0}, {stop_, POLLIN, 0}};
  while (true) {
    if (poll(waits, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (waits[1].revents != 0) return;
    if (TakeEvents()) wake_();
  }
}

}  // namespace headrace
