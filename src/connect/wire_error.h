// Failures on their way to a client: exception classes, ErrorInfo, FetchErrorDetails.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/query_context.h"
#include "connect/messages.h"

namespace google::rpc {
class Status;
}

namespace headrace {

// The whole of one error, as FetchErrorDetails tells it.
struct ErrorRecord {
  std::vector<std::string> classes;  // Java names, the exception's own first
  std::string message;
  std::string condition;  // "" when the error has none
  std::string sql_state;
  ErrorParameters parameters;
  QueryContextPtr query_context;    // null when the place in the program is not known
  std::vector<ErrorRecord> causes;  // what led to it, the nearest first
};

// Never fails: a Status without detail becomes an internal error, a cancelled one
// OPERATION_CANCELED.
ErrorRecord RecordOf(const Status& status);

// What fits into the trailers of a gRPC call; `error_id` leads to the rest, "" for none. Code and
// message of the call must be those of the returned status.
google::rpc::Status ToWireStatus(const ErrorRecord& record, const std::string& error_id);

// The last errors of a session, each of which can be fetched once. Thread-safe.
class ErrorMemory {
 public:
  void Put(std::string error_id, ErrorRecord record);
  std::optional<ErrorRecord> Take(const std::string& error_id);

 private:
  std::mutex mutex_;
  std::deque<std::pair<std::string, ErrorRecord>> errors_;
};

// The error and its causes. Clients print causes only below a stack trace; the engine has none, so
// `with_trace` gives each error one line that says so.
void FillErrorDetails(const ErrorRecord& record, bool with_trace,
                      messages::FetchErrorDetailsResponse* response);

}  // namespace headrace
