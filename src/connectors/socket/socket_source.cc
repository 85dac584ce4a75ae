#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <arpa/inet.h>

#include "base/log.h"
#include "connector/batch_list_reader.h"
#include "connector/offset_error.h"
#include "connector/option_check.h"
#include "connectors/socket/line_buffer.h"
#include "connectors/socket/socket.h"

namespace headrace {

namespace {

// Fewer lines are not worth a second thread's wake-up.
constexpr int64_t kLinesForMorePartitions = 65536;

struct SocketOptions {
  std::string host;
  int64_t port = 0;
  bool include_timestamp = false;
  int64_t partitions = 0;  // 0: not given

  static Result<SocketOptions> Parse(const Options& options) {
    SocketOptions parsed;
    if (!options.Has("host")) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1295",
                           "The socket source needs a host: option(\"host\", …).");
    }
    if (!options.Has("port")) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1296",
                           "The socket source needs a port: option(\"port\", …).");
    }
    parsed.host = options.GetOr("host", "");
    ARROW_ASSIGN_OR_RAISE(parsed.port, options.GetInt("port", 0));
    if (parsed.port < 1 || parsed.port > 65535) {
      return InvalidOption("port", options.GetOr("port", ""), "must be between 1 and 65535");
    }
    const std::string with_time = ToLower(options.GetOr("includeTimestamp", "false"));
    if (with_time != "true" && with_time != "false") {
      return AnalysisError(
          "_LEGACY_ERROR_TEMP_1297",
          "The option 'includeTimestamp' is '" + with_time + "', but must be true or false.");
    }
    parsed.include_timestamp = with_time == "true";
    if (options.Has("numPartitions")) {
      ARROW_ASSIGN_OR_RAISE(parsed.partitions, options.GetPositiveInt("numPartitions", 1));
    }
    WarnUnknownOptions("socket", options, {"host", "port", "includetimestamp", "numpartitions"});
    return parsed;
  }
};

SchemaPtr SocketSchema(bool include_timestamp) {
  arrow::FieldVector fields{arrow::field("value", arrow::utf8())};
  if (include_timestamp) fields.push_back(arrow::field("timestamp", TimestampType()));
  return arrow::schema(std::move(fields));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<FileDescriptor> Connect(const std::string& host, int64_t port) {
  const std::string where = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  const int found = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &addresses);
  if (found != 0) {
    return Status::IOError("The socket source cannot find the host of ", where, ": ",
                           gai_strerror(found));
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(addresses, freeaddrinfo);
  int error = 0;
  for (const addrinfo* address = addresses; address; address = address->ai_next) {
    FileDescriptor fd(
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol));
    if (fd.get() >= 0 && connect(fd.get(), address->ai_addr, address->ai_addrlen) == 0) return fd;
    error = errno;
  }
  return Status::IOError("The socket source cannot connect to ", where, ": ", std::strerror(error),
                         ". Start the server (for example `nc -lk ", port, "`) before the query.");
}

class SocketSource final : public Source {
 public:
  static Result<std::unique_ptr<Source>> Open(const SocketOptions& options,
                                              const ConnectorContext& context) {
    ARROW_ASSIGN_OR_RAISE(auto connection, Connect(options.host, options.port));
    FileDescriptor stop(eventfd(0, EFD_CLOEXEC));
    if (stop.get() < 0) return Status::IOError("eventfd: ", std::strerror(errno));
    return std::unique_ptr<Source>(
        new SocketSource(options, context, std::move(connection), std::move(stop)));
  }
  ~SocketSource() override {
    buffer_.Close();
    const uint64_t one = 1;
    if (write(stop_.get(), &one, sizeof(one)) < 0) LogError("socket", "cannot stop the reader");
    thread_.join();
  }

  SchemaPtr schema() const override { return schema_; }
  std::string Description() const override {
    return "TextSocketV2[host: " + options_.host + ", port: " + std::to_string(options_.port) + "]";
  }

  Result<std::optional<OffsetJson>> InitialOffset() override { return OffsetJson("-1"); }
  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit&) override {
    {
      std::lock_guard lock(mutex_);
      ARROW_RETURN_NOT_OK(failure_);
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t from, ParseOffset(start.value_or("-1")));
    Place(from + 1);
    return std::to_string(fixed_end_ ? base_ + *fixed_end_ : base_ + buffer_.latest());
  }
  std::optional<OffsetJson> ReportLatestOffset() override {
    return std::to_string(base_ + buffer_.latest());
  }

  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t from, ParseOffset(start.value_or("-1")));
    ARROW_ASSIGN_OR_RAISE(const int64_t to, ParseOffset(end));
    if (Place(to + 1)) {
      LogWarn("socket", "lines " + std::to_string(from + 1) + " to " + std::to_string(to) +
                            " of a batch that was not finished before the restart are lost: a "
                            "socket cannot be read again");
      return PartitionReaders{};
    }
    const int64_t lines = to - from;
    const int64_t parts = options_.partitions > 0           ? options_.partitions
                          : lines < kLinesForMorePartitions ? 1
                                                            : default_partitions_;
    PartitionReaders readers;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = from + lines * part / parts;
      const int64_t last = from + lines * (part + 1) / parts;
      if (first == last) continue;
      ARROW_ASSIGN_OR_RAISE(auto rows, buffer_.Range(first - base_, last - base_));
      ARROW_ASSIGN_OR_RAISE(auto reader,
                            MakeBatchListReader(std::move(rows), *schema_, request.columns));
      readers.push_back(std::move(reader));
    }
    return readers;
  }
  Status Commit(const OffsetJson& end) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t line, ParseOffset(end));
    return buffer_.Release(line - base_);
  }

  void SetWake(std::function<void()> wake) override {
    std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  int64_t next_poll_us() const override { return -1; }
  Result<bool> PrepareForAvailableNow() override {
    fixed_end_ = buffer_.latest();
    return true;
  }

 private:
  SocketSource(const SocketOptions& options, const ConnectorContext& context,
               FileDescriptor connection, FileDescriptor stop)
      : options_(options),
        schema_(SocketSchema(options.include_timestamp)),
        default_partitions_(context.default_parallelism),
        clock_(context.clock),
        buffer_(schema_, options.include_timestamp),
        connection_(std::move(connection)),
        stop_(std::move(stop)),
        thread_([this] { Receive(); }) {}

  static Result<int64_t> ParseOffset(const OffsetJson& json) {
    try {
      size_t used = 0;
      const int64_t offset = std::stoll(json, &used);
      if (used == json.size() && offset >= -1) return offset;
    } catch (const std::logic_error&) {
    }
    return MalformedOffset(json, "socket", "an integer");
  }

  // Lines are numbered on from the checkpoint's last one. True: this call has settled it.
  bool Place(int64_t base) {
    if (placed_) return false;
    base_ = base;
    placed_ = true;
    return true;
  }

  void Receive() {
    const std::string where = options_.host + ":" + std::to_string(options_.port);
    std::vector<char> block(1 << 16);
    pollfd waits[2] = {{connection_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (true) {
      if (poll(waits, 2, -1) < 0 && errno != EINTR) {
        return Fail(Status::IOError("poll on ", where, ": ", std::strerror(errno)));
      }
      if (waits[1].revents != 0) return;
      if (waits[0].revents == 0) continue;
      const ssize_t count = recv(connection_.get(), block.data(), block.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        return Fail(Status::IOError("The socket source cannot read from ", where, ": ",
                                    std::strerror(errno)));
      }
      if (count == 0) {
        const Status status = buffer_.Finish(clock_->now_us());
        if (!status.ok()) return Fail(status);
        LogWarn("socket", "the server at " + where + " has closed the connection; no more lines");
        return Wake();
      }
      const auto open = buffer_.Append({block.data(), static_cast<size_t>(count)}, NowMillisUs());
      if (!open.ok()) return Fail(open.status());
      if (!*open) return;
      Wake();
    }
  }
  // Spark's timestamps of lines are whole milliseconds.
  int64_t NowMillisUs() const { return clock_->now_us() / 1000 * 1000; }
  void Wake() {
    std::lock_guard lock(mutex_);
    if (wake_) wake_();
  }
  void Fail(Status status) {
    std::lock_guard lock(mutex_);
    failure_ = std::move(status);
    if (wake_) wake_();
  }

  const SocketOptions options_;
  const SchemaPtr schema_;
  const int64_t default_partitions_;
  const std::shared_ptr<Clock> clock_;
  LineBuffer buffer_;
  FileDescriptor connection_;
  FileDescriptor stop_;
  std::optional<int64_t> fixed_end_;  // counted from base_
  int64_t base_ = 0;                  // the number of this run's first line
  bool placed_ = false;

  std::mutex mutex_;
  std::function<void()> wake_;
  Status failure_;

  std::thread thread_;  // last: it uses all of the above
};

class SocketProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext&) override {
    if (specification.user_schema) {
      return MakeError(ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2242",
                       "The source socket has a fixed schema; leave out schema(...).",
                       {{"provider", "TextSocketSourceProvider"}});
    }
    ARROW_ASSIGN_OR_RAISE(auto options, SocketOptions::Parse(specification.options));
    return SocketSchema(options.include_timestamp);
  }
  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr&, const std::string&,
                                             const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options, SocketOptions::Parse(specification.options));
    return SocketSource::Open(options, context);
  }
};

}  // namespace

void RegisterSocketConnector(ConnectorRegistry* registry) {
  registry->AddSource("socket", std::make_shared<SocketProvider>());
}

}  // namespace headrace
