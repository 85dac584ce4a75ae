// The socket to a Python worker, with PySpark's framing: big-endian numbers, texts and bytes behind
// their length.
//
// Written values wait in a buffer until Flush. A worker writes results while it still reads input,
// so a Flush that finds the socket full takes in what the worker sends; neither side ever waits for
// the other in a circle. One thread at a time; Interrupt may come from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task_pool.h"

namespace headrace {

// Values to be sent, as bytes.
class FrameWriter {
 public:
  void PutInt(int32_t value);
  void PutLong(int64_t value);
  void PutBool(bool value) { out_ += value ? '\1' : '\0'; }
  void PutText(std::string_view text);  // length, then bytes
  void PutRaw(std::string_view bytes) { out_ += bytes; }
  const std::string& bytes() const { return out_; }

 protected:
  std::string out_;
};

class WorkerStream : public FrameWriter {
 public:
  // Owns `socket`, which becomes non-blocking.
  explicit WorkerStream(int socket);
  ~WorkerStream();
  WorkerStream(const WorkerStream&) = delete;
  WorkerStream& operator=(const WorkerStream&) = delete;

  Status Flush();
  // Flushes only if much is waiting.
  Status FlushIfLarge();

  Result<int32_t> ReadInt();
  Result<int64_t> ReadLong();
  Result<std::string> ReadText(int32_t length);
  Result<std::string> ReadText();
  Status ReadRaw(void* target, size_t size);
  // What has arrived and was not read yet.
  size_t available() const { return in_.size() - read_; }
  // The worker has closed its end and everything it sent was read.
  bool at_end() const { return at_end_ && available() == 0; }
  // Takes in what has arrived already, without waiting.
  Status Poll();

  // Waits end with Cancelled once the token is cancelled; null: none.
  void set_cancellation(const CancellationToken* cancellation) { cancellation_ = cancellation; }
  // A wait in which nothing moves for so long fails; 0: no limit.
  void set_idle_limit_ms(int64_t limit_ms) { idle_limit_ms_ = limit_ms; }
  // The worker sees the end of its input.
  void EndOutput();
  // From now on everything fails with Cancelled.
  void Interrupt();

 private:
  Status Wait(short events, short* ready);
  Status ReceiveAvailable();
  Status Fill(size_t size);

  const int socket_;
  std::string in_;
  size_t read_ = 0;  // of in_
  bool at_end_ = false;
  std::atomic<bool> interrupted_{false};
  const CancellationToken* cancellation_ = nullptr;
  int64_t idle_limit_ms_ = 0;
};

// A worker went away in the middle of an exchange; its owner knows more of why.
Status WorkerGone();
bool IsWorkerGone(const Status& status);

// Waits for one connection on the loopback interface.
class LoopbackListener {
 public:
  static Result<LoopbackListener> Open();
  LoopbackListener(LoopbackListener&& other) noexcept;
  ~LoopbackListener();
  int port() const { return port_; }
  // A connected socket, or -1 if none came within the time.
  int Accept(int timeout_ms);

 private:
  LoopbackListener(int socket, int port) : socket_(socket), port_(port) {}
  int socket_;
  int port_;
};

// A connected socket; an error naming the place.
Result<int> ConnectLoopback(int port);
Result<int> ConnectUnix(const std::string& path);

}  // namespace headrace
