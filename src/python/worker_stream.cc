#include "python/worker_stream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <arpa/inet.h>
#include <arrow/util/endian.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace headrace {
namespace {

constexpr size_t kLargeOutput = 256 << 10;
constexpr size_t kReceiveBytes = 256 << 10;
constexpr int kLookAroundMs = 100;  // how often a wait looks at its cancellation token
constexpr int32_t kLongestText = 1 << 30;
constexpr char kGone[] = "the Python worker closed its connection";

Status SocketError(const std::string& what) {
  return Status::IOError(what, ": ", std::strerror(errno));
}

Result<int> Connect(int domain, const sockaddr* address, socklen_t length,
                    const std::string& place) {
  const int socket = ::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return SocketError("cannot make a socket");
  if (::connect(socket, address, length) == 0) return socket;
  Status failed = SocketError("cannot connect to " + place);
  ::close(socket);
  return failed;
}

sockaddr_in LoopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Status WorkerGone() { return Status::IOError(kGone); }
bool IsWorkerGone(const Status& status) { return status.IsIOError() && status.message() == kGone; }

WorkerStream::WorkerStream(int socket) : socket_(socket) {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  // Fails for Unix sockets, which need it not.
  (void)::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

WorkerStream::~WorkerStream() { ::close(socket_); }

void FrameWriter::PutInt(int32_t value) {
  const int32_t big = arrow::bit_util::ToBigEndian(value);
  out_.append(reinterpret_cast<const char*>(&big), sizeof big);
}

void FrameWriter::PutLong(int64_t value) {
  const int64_t big = arrow::bit_util::ToBigEndian(value);
  out_.append(reinterpret_cast<const char*>(&big), sizeof big);
}

void FrameWriter::PutText(std::string_view text) {
  PutInt(static_cast<int32_t>(text.size()));
  out_ += text;
}

Status WorkerStream::FlushIfLarge() { return out_.size() < kLargeOutput ? Status::OK() : Flush(); }

Status WorkerStream::Flush() {
  size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t n = ::send(socket_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      out_.clear();
      if (interrupted_) return Status::Cancelled("the work was interrupted");
      // What the worker said before it closed is still to be read.
      ARROW_RETURN_NOT_OK(ReceiveAvailable());
      return WorkerGone();
    }
    short ready = 0;
    ARROW_RETURN_NOT_OK(Wait(POLLOUT | (at_end_ ? 0 : POLLIN), &ready));
    if (ready & POLLIN) ARROW_RETURN_NOT_OK(ReceiveAvailable());
  }
  out_.clear();
  return Status::OK();
}

Status WorkerStream::Wait(short events, short* ready) {
  for (int64_t waited_ms = 0;; waited_ms += kLookAroundMs) {
    if (interrupted_) return Status::Cancelled("the work was interrupted");
    if (cancellation_ != nullptr) ARROW_RETURN_NOT_OK(cancellation_->Check());
    if (idle_limit_ms_ > 0 && waited_ms >= idle_limit_ms_) {
      return Status::IOError("the Python worker did nothing for ", idle_limit_ms_, " ms");
    }
    pollfd one{socket_, events, 0};
    const int count = ::poll(&one, 1, kLookAroundMs);
    if (count < 0 && errno != EINTR) return SocketError("waiting for a Python worker");
    if (count > 0) {
      *ready = one.revents;
      return Status::OK();
    }
  }
}

Status WorkerStream::ReceiveAvailable() {
  if (read_ > 0) {
    in_.erase(0, read_);
    read_ = 0;
  }
  // Not into the buffer at once: the room that it would have to grow by is cleared each time.
  static thread_local const auto received = std::make_unique<char[]>(kReceiveBytes);
  while (!at_end_) {
    const ssize_t n = ::recv(socket_, received.get(), kReceiveBytes, 0);
    if (n == 0) at_end_ = true;
    if (n > 0) {
      in_.append(received.get(), static_cast<size_t>(n));
      if (static_cast<size_t>(n) == kReceiveBytes) continue;
      break;
    }
    if (n == 0 || errno == EAGAIN || errno == EWOULDBLOCK) break;
    if (errno == EINTR) continue;
    at_end_ = true;  // a reset connection says no more than a closed one
  }
  return Status::OK();
}

Status WorkerStream::Poll() { return ReceiveAvailable(); }

Status WorkerStream::Fill(size_t size) {
  while (in_.size() - read_ < size) {
    if (interrupted_) return Status::Cancelled("the work was interrupted");
    if (at_end_) return WorkerGone();
    short ready = 0;
    ARROW_RETURN_NOT_OK(Wait(POLLIN, &ready));
    ARROW_RETURN_NOT_OK(ReceiveAvailable());
  }
  return Status::OK();
}

Status WorkerStream::ReadRaw(void* target, size_t size) {
  ARROW_RETURN_NOT_OK(Fill(size));
  std::memcpy(target, in_.data() + read_, size);
  read_ += size;
  return Status::OK();
}

Result<int32_t> WorkerStream::ReadInt() {
  int32_t value = 0;
  ARROW_RETURN_NOT_OK(ReadRaw(&value, sizeof value));
  return arrow::bit_util::FromBigEndian(value);
}

Result<int64_t> WorkerStream::ReadLong() {
  int64_t value = 0;
  ARROW_RETURN_NOT_OK(ReadRaw(&value, sizeof value));
  return arrow::bit_util::FromBigEndian(value);
}

Result<std::string> WorkerStream::ReadText(int32_t length) {
  if (length < 0 || length > kLongestText) {
    return Status::IOError("a Python worker sent a text of ", length, " bytes");
  }
  std::string text(static_cast<size_t>(length), '\0');
  ARROW_RETURN_NOT_OK(ReadRaw(text.data(), text.size()));
  return text;
}

Result<std::string> WorkerStream::ReadText() {
  ARROW_ASSIGN_OR_RAISE(const int32_t length, ReadInt());
  return ReadText(length);
}

void WorkerStream::EndOutput() { ::shutdown(socket_, SHUT_WR); }

void WorkerStream::Interrupt() {
  interrupted_ = true;
  ::shutdown(socket_, SHUT_RDWR);
}

Result<LoopbackListener> LoopbackListener::Open() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return SocketError("cannot make a socket");
  sockaddr_in address = LoopbackAddress(0);
  socklen_t length = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, any, length) != 0 || ::listen(socket, 4) != 0 ||
      ::getsockname(socket, any, &length) != 0) {
    Status failed = SocketError("cannot listen for a Python worker");
    ::close(socket);
    return failed;
  }
  return LoopbackListener(socket, ntohs(address.sin_port));
}

LoopbackListener::LoopbackListener(LoopbackListener&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

LoopbackListener::~LoopbackListener() {
  if (socket_ >= 0) ::close(socket_);
}

int LoopbackListener::Accept(int timeout_ms) {
  pollfd one{socket_, POLLIN, 0};
  if (::poll(&one, 1, timeout_ms) <= 0) return -1;
  return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
}

Result<int> ConnectLoopback(int port) {
  const sockaddr_in address = LoopbackAddress(port);
  return Connect(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                 "port " + std::to_string(port));
}

Result<int> ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Status::IOError("the socket path ", path, " is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return Connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
}

}  // namespace headrace
