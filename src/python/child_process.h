// A process that the engine started: Python interpreters, and whatever they start in turn.
//
// The process leads a process group of its own, which is killed with it, and it is killed when this
// process ends in whatever way. What it prints is passed on line by line; the end of its standard
// error is kept to explain its death.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "base/error.h"

namespace headrace {

struct ProcessRequest {
  std::vector<std::string> arguments;    // the program first
  std::vector<std::string> environment;  // "NAME=value", all of it
  int64_t memory_limit_bytes = 0;        // of address space; 0: none
};

class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>> Start(const ProcessRequest& request);
  ~ChildProcess();  // kills
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // The first bytes of standard output, before Forward; fewer: the process ended or took too long.
  std::string ReadHeader(size_t size, int timeout_ms);
  // Passes on what is printed from here on, each line without its end, from a thread.
  using LineConsumer = std::function<void(const std::string& line)>;
  void Forward(LineConsumer output, LineConsumer error);
  Status WriteInput(const std::string& bytes);

  void Kill();
  // No value: it runs. A negative code: the signal that ended it.
  std::optional<int> exit_code();
  // Waits until it has ended, but not longer than this.
  std::optional<int> AwaitExit(int timeout_ms);
  // "exit code 3", "killed by signal 9", "still running".
  std::string DescribeEnd();
  // All of the last errors, once the process has ended.
  std::string AwaitErrors();
  std::string last_error_lines() const;

 private:
  ChildProcess(pid_t pid, int input, int output, int error)
      : pid_(pid), input_(input), output_(output), error_(error) {}
  void ForwardLines(const LineConsumer& output, const LineConsumer& error);

  const pid_t pid_;
  const int input_, output_, error_;  // our ends of the pipes
  std::thread forwarder_;
  mutable std::mutex mutex_;
  std::string last_errors_;
  std::optional<int> exit_code_;
  std::atomic<bool> ending_{false};
};

}  // namespace headrace
