#include "python/child_process.h"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace headrace {
namespace {

constexpr size_t kKeptErrorBytes = 64 << 10;
constexpr size_t kLongestLine = 64 << 10;  // longer ones are passed on in pieces
constexpr int kNotStarted = 127;
constexpr int kLookAroundMs = 200;

struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    for (int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  bool Open() { return ::pipe2(ends, O_CLOEXEC) == 0; }
  int Take(int end) { return std::exchange(ends[end], -1); }
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The kernel ends a child when the thread that forked it ends, so one thread forks all of them and
// lives as long as the process.
class Forker {
 public:
  static Forker& Process() {
    static auto* forker = new Forker;
    return *forker;
  }
  pid_t Run(std::function<pid_t()> fork_one) {
    std::unique_lock lock(mutex_);
    Job job{std::move(fork_one)};
    jobs_.push_back(&job);
    changed_.notify_all();
    changed_.wait(lock, [&] { return job.done; });
    return job.pid;
  }

 private:
  struct Job {
    std::function<pid_t()> fork_one;
    pid_t pid = -1;
    bool done = false;
  };
  Forker() {
    std::thread([this] { Loop(); }).detach();
  }
  [[noreturn]] void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return !jobs_.empty(); });
      Job* job = jobs_.front();
      jobs_.pop_front();
      job->pid = job->fork_one();
      job->done = true;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> jobs_;
};

// Between fork and exec only calls that are safe in a copy of a many-threaded process.
[[noreturn]] void BecomeProgram(char* const* arguments, char* const* environment, int input,
                                int output, int error, pid_t parent, rlim_t memory_limit) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(signal, SIG_DFL);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  ::syscall(SYS_close_range, 3u, ~0u, 0u);
  if (memory_limit > 0) {
    const rlimit limit{memory_limit, memory_limit};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ::execvpe(arguments[0], arguments, environment);
  constexpr char kText[] = "the program cannot be started\n";
  (void)!::write(STDERR_FILENO, kText, sizeof kText - 1);
  ::_exit(kNotStarted);
}

// Cuts a stream of bytes into lines.
class LineCutter {
 public:
  explicit LineCutter(const ChildProcess::LineConsumer* consume) : consume_(consume) {}
  void Add(const char* bytes, size_t size) {
    line_.append(bytes, size);
    size_t begin = 0;
    for (size_t end; (end = line_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      (*consume_)(line_.substr(begin, end - begin));
    }
    line_.erase(0, begin);
    if (line_.size() > kLongestLine) End();
  }
  void End() {
    if (!line_.empty()) (*consume_)(line_);
    line_.clear();
  }

 private:
  const ChildProcess::LineConsumer* consume_;
  std::string line_;
};

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(const ProcessRequest& request) {
  Pipe input, output, error;
  if (!input.Open() || !output.Open() || !error.Open()) {
    return Status::IOError("cannot make pipes for another process: ", std::strerror(errno));
  }
  const auto arguments = Pointers(request.arguments);
  const auto environment = Pointers(request.environment);
  const pid_t parent = ::getpid();
  const pid_t pid = Forker::Process().Run([&] {
    const pid_t child = ::fork();
    if (child == 0) {
      BecomeProgram(arguments.data(), environment.data(), input.ends[0], output.ends[1],
                    error.ends[1], parent, static_cast<rlim_t>(request.memory_limit_bytes));
    }
    return child;
  });
  if (pid < 0) return Status::IOError("cannot start another process");
  ::setpgid(pid, pid);  // the child does it too; whoever comes first
  return std::unique_ptr<ChildProcess>(
      new ChildProcess(pid, input.Take(1), output.Take(0), error.Take(0)));
}

ChildProcess::~ChildProcess() {
  Kill();
  ::close(input_);
  ending_ = true;
  if (forwarder_.joinable()) forwarder_.join();
  AwaitExit(-1);
  ::close(output_);
  ::close(error_);
}

void ChildProcess::Kill() {
  std::lock_guard lock(mutex_);
  // A reaped id may belong to somebody else; the group's id is taken as long as a member lives.
  ::kill(-pid_, SIGKILL);
  if (!exit_code_) ::kill(pid_, SIGKILL);
}

std::string ChildProcess::ReadHeader(size_t size, int timeout_ms) {
  std::string header;
  while (header.size() < size) {
    pollfd one{output_, POLLIN, 0};
    if (::poll(&one, 1, timeout_ms) <= 0) break;
    std::string bytes(size - header.size(), '\0');
    const ssize_t n = ::read(output_, bytes.data(), bytes.size());
    if (n <= 0) break;
    header.append(bytes, 0, static_cast<size_t>(n));
  }
  return header;
}

void ChildProcess::Forward(LineConsumer output, LineConsumer error) {
  forwarder_ = std::thread([this, output = std::move(output), error = std::move(error)] {
    ForwardLines(output, [&](const std::string& line) {
      {
        std::lock_guard lock(mutex_);
        last_errors_ += line + "\n";
        if (last_errors_.size() > kKeptErrorBytes) {
          last_errors_.erase(0, last_errors_.size() - kKeptErrorBytes);
        }
      }
      error(line);
    });
  });
}

void ChildProcess::ForwardLines(const LineConsumer& output, const LineConsumer& error) {
  LineCutter cutters[] = {LineCutter(&output), LineCutter(&error)};
  pollfd pipes[] = {{output_, POLLIN, 0}, {error_, POLLIN, 0}};
  std::string bytes(16 << 10, '\0');
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    const int ready = ::poll(pipes, 2, kLookAroundMs);
    if (ready < 0 && errno != EINTR) return;
    // A grandchild in a session of its own may keep the pipes open for good.
    if (ready <= 0 && ending_) return;
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      const ssize_t n = ::read(pipes[i].fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n > 0) {
        cutters[i].Add(bytes.data(), static_cast<size_t>(n));
      } else {
        cutters[i].End();
        pipes[i].fd = -1;
      }
    }
  }
}

Status ChildProcess::WriteInput(const std::string& bytes) {
  const ssize_t n = ::write(input_, bytes.data(), bytes.size());
  return n == static_cast<ssize_t>(bytes.size()) ? Status::OK() : Status::IOError("broken pipe");
}

std::optional<int> ChildProcess::exit_code() {
  std::lock_guard lock(mutex_);
  if (exit_code_) return exit_code_;
  int state = 0;
  if (::waitpid(pid_, &state, WNOHANG) == pid_) {
    exit_code_ = WIFSIGNALED(state) ? -WTERMSIG(state) : WEXITSTATUS(state);
  }
  return exit_code_;
}

std::optional<int> ChildProcess::AwaitExit(int timeout_ms) {
  constexpr int kStepMs = 5;
  for (int waited = 0; timeout_ms < 0 || waited <= timeout_ms; waited += kStepMs) {
    if (auto code = exit_code()) return code;
    ::poll(nullptr, 0, kStepMs);
  }
  return exit_code();
}

std::string ChildProcess::DescribeEnd() {
  const auto code = exit_code();
  if (!code) return "still running";
  if (*code == kNotStarted) return "the program cannot be started";
  return *code < 0 ? "killed by signal " + std::to_string(-*code)
                   : "exit code " + std::to_string(*code);
}

std::string ChildProcess::AwaitErrors() {
  ending_ = true;
  if (forwarder_.joinable()) forwarder_.join();
  return last_error_lines();
}

std::string ChildProcess::last_error_lines() const {
  std::lock_guard lock(mutex_);
  return last_errors_;
}

}  // namespace headrace
