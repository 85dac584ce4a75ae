#include "connect/wire_error.h"

#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <grpcpp/support/status_code_enum.h>
#include <nlohmann/json.hpp>

#include "base/error_cause.h"
#include "base/java_error.h"

namespace headrace {
namespace {

// Trailers over 8 KiB make clients lose the whole error; the message is in them twice.
constexpr size_t kLongestMessage = 2048;
constexpr size_t kLongestParameters = 1024;
constexpr size_t kRememberedErrors = 100;
// As many errors of a chain as Spark sends.
constexpr size_t kLongestChain = 5;

std::vector<std::string> ClassesOf(ErrorKind kind) {
  std::vector<std::string> classes;
  switch (kind) {
    case ErrorKind::kAnalysis:
      classes = {"org.apache.spark.sql.catalyst.ExtendedAnalysisException",
                 "org.apache.spark.sql.AnalysisException"};
      break;
    case ErrorKind::kParse:
      classes = {"org.apache.spark.sql.catalyst.parser.ParseException",
                 "org.apache.spark.sql.AnalysisException"};
      break;
    case ErrorKind::kIllegalArgument:
      classes = {"org.apache.spark.SparkIllegalArgumentException",
                 "java.lang.IllegalArgumentException", "java.lang.RuntimeException"};
      break;
    case ErrorKind::kArithmetic:
      classes = {"org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException",
                 "java.lang.RuntimeException"};
      break;
    case ErrorKind::kNumberFormat:
      classes = {"org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException",
                 "java.lang.IllegalArgumentException", "java.lang.RuntimeException"};
      break;
    case ErrorKind::kDateTime:
      classes = {"org.apache.spark.SparkDateTimeException", "java.time.DateTimeException",
                 "java.lang.RuntimeException"};
      break;
    case ErrorKind::kArrayIndex:
      classes = {"org.apache.spark.SparkArrayIndexOutOfBoundsException",
                 "java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException",
                 "java.lang.RuntimeException"};
      break;
    case ErrorKind::kUnsupportedOperation:
      classes = {"org.apache.spark.SparkUnsupportedOperationException",
                 "java.lang.UnsupportedOperationException", "java.lang.RuntimeException"};
      break;
    case ErrorKind::kRuntime:
      classes = {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
      break;
    case ErrorKind::kUpgrade:
      classes = {"org.apache.spark.SparkUpgradeException", "java.lang.RuntimeException"};
      break;
    case ErrorKind::kSpark:
      classes = {"org.apache.spark.SparkException"};
      break;
    case ErrorKind::kNoSuchElement:
      classes = {"org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException",
                 "java.lang.RuntimeException"};
      break;
    case ErrorKind::kSql:
      classes = {"org.apache.spark.SparkSQLException", "java.sql.SQLException"};
      break;
    case ErrorKind::kInvalidPlan:
      classes = {"org.apache.spark.sql.connect.common.InvalidPlanInput"};
      break;
    case ErrorKind::kStreamingQuery:
      classes = {"org.apache.spark.sql.streaming.StreamingQueryException"};
      break;
    case ErrorKind::kPython:
      classes = {"org.apache.spark.api.python.PythonException", "java.lang.RuntimeException"};
      break;
  }
  classes.insert(classes.end(), {"java.lang.Exception", "java.lang.Throwable", "java.lang.Object"});
  return classes;
}

// The length of the character that starts at `i`, 0 if there is no valid UTF-8.
size_t CharacterLength(const std::string& text, size_t i) {
  auto byte = static_cast<unsigned char>(text[i]);
  size_t length = byte < 0x80                   ? 1
                  : byte >= 0xF0 && byte < 0xF5 ? 4
                  : byte >= 0xE0 && byte < 0xF0 ? 3
                  : byte >= 0xC2 && byte < 0xE0 ? 2
                                                : 0;
  if (i + length > text.size()) return 0;
  for (size_t k = 1; k < length; ++k) {
    if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

// Valid UTF-8 that takes at most `limit` bytes as a gRPC message, where everything but plain ASCII
// is written as %XX.
std::string CutMessage(const std::string& text, size_t limit) {
  std::string cut;
  size_t used = 0;
  for (size_t i = 0; i < text.size();) {
    size_t length = CharacterLength(text, i);
    auto byte = static_cast<unsigned char>(text[i]);
    bool plain = length == 1 && byte >= 0x20 && byte < 0x7F && byte != '%';
    size_t cost = plain ? 1 : length == 0 ? 1 : 3 * length;
    if (used + cost > limit) break;
    used += cost;
    if (length == 0) {
      cut += '?';
      ++i;
    } else {
      cut.append(text, i, length);
      i += length;
    }
  }
  return cut;
}

std::string ToJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AddContext(const QueryContext& context,
                messages::FetchErrorDetailsResponse::SparkThrowable* throwable) {
  using Message = messages::FetchErrorDetailsResponse::QueryContext;
  Message* message = throwable->add_query_contexts();
  message->set_context_type(context.is_sql() ? Message::SQL : Message::DATAFRAME);
  message->set_start_index(static_cast<int32_t>(context.start_index()));
  message->set_stop_index(static_cast<int32_t>(context.stop_index()));
  message->set_fragment(CutMessage(context.fragment(), std::string::npos));
  message->set_call_site(CutMessage(context.call_site(), std::string::npos));
  message->set_summary(CutMessage(context.summary(), std::string::npos));
}

void AddError(const ErrorRecord& record, messages::FetchErrorDetailsResponse* response) {
  auto* error = response->add_errors();
  for (const auto& each : record.classes) error->add_error_type_hierarchy(each);
  error->set_message(CutMessage(record.message, std::string::npos));
  if (record.condition.empty()) return;
  auto* throwable = error->mutable_spark_throwable();
  throwable->set_error_class(record.condition);
  if (!record.sql_state.empty()) throwable->set_sql_state(record.sql_state);
  for (const auto& [key, value] : record.parameters) {
    (*throwable->mutable_message_parameters())[key] = CutMessage(value, std::string::npos);
  }
  if (record.query_context) AddContext(*record.query_context, throwable);
}

void AddJavaClass(const Status& error, ErrorRecord* record) {
  const std::string* name = JavaClassOf(error);
  if (name != nullptr && *name != record->classes.front()) {
    record->classes.insert(record->classes.begin(), *name);
  }
}

// A cause may be what the system or a library said, as it is.
ErrorRecord RecordOfCause(const Status& cause) {
  if (ErrorDetail::Get(cause) != nullptr || cause.IsCancelled()) {
    ErrorRecord record = RecordOf(cause);
    record.causes.clear();  // they are in the chain that this one is a part of
    return record;
  }
  ErrorRecord record;
  record.classes = {cause.IsIOError() ? "java.io.IOException" : "java.lang.RuntimeException",
                    "java.lang.Exception", "java.lang.Throwable", "java.lang.Object"};
  AddJavaClass(cause, &record);
  record.message = cause.message();
  return record;
}

}  // namespace

ErrorRecord RecordOf(const Status& status) {
  ErrorRecord record;
  record.message = status.message();
  if (const ErrorDetail* detail = ErrorDetail::Get(status)) {
    record.classes = ClassesOf(detail->kind());
    record.condition = detail->condition();
    if (record.condition == "DATA_SOURCE_NOT_FOUND") {
      // The only one of its class, which PySpark has no exception for.
      record.classes = {"org.apache.spark.SparkClassNotFoundException",
                        "java.lang.ClassNotFoundException",
                        "java.lang.ReflectiveOperationException",
                        "java.lang.Exception",
                        "java.lang.Throwable",
                        "java.lang.Object"};
    }
    record.parameters = detail->parameters();
    record.query_context = ContextOf(status);
  } else if (JavaClassOf(status) != nullptr) {
    return RecordOfCause(status);
  } else if (status.IsCancelled()) {
    return RecordOf(
        MakeError(ErrorKind::kSql, "OPERATION_CANCELED", "The operation was canceled."));
  } else {
    return RecordOf(MakeError(ErrorKind::kSpark, "INTERNAL_ERROR", status.ToString(),
                              {{"message", status.ToString()}}));
  }
  record.sql_state = SqlStateOf(record.condition);
  for (const Status* cause = CauseOf(status);
       cause != nullptr && record.causes.size() + 1 < kLongestChain; cause = CauseOf(*cause)) {
    record.causes.push_back(RecordOfCause(*cause));
  }
  return record;
}

google::rpc::Status ToWireStatus(const ErrorRecord& record, const std::string& error_id) {
  google::rpc::ErrorInfo information;
  information.set_reason(record.classes.front());
  information.set_domain("org.apache.spark");
  auto& metadata = *information.mutable_metadata();
  metadata["classes"] = ToJson(record.classes);
  if (!record.sql_state.empty()) metadata["sqlState"] = record.sql_state;
  if (!error_id.empty()) metadata["errorId"] = error_id;
  if (!record.condition.empty()) {
    std::string parameters = ToJson(record.parameters);
    // Without its parameters the class would make clients print a template with holes.
    if (parameters.size() <= kLongestParameters) {
      metadata["errorClass"] = record.condition;
      metadata["messageParameters"] = std::move(parameters);
    }
  }
  google::rpc::Status status;
  status.set_code(grpc::StatusCode::INTERNAL);
  status.set_message(CutMessage(record.message, kLongestMessage));
  status.add_details()->PackFrom(information);
  return status;
}

void ErrorMemory::Put(std::string error_id, ErrorRecord record) {
  std::lock_guard lock(mutex_);
  errors_.emplace_back(std::move(error_id), std::move(record));
  if (errors_.size() > kRememberedErrors) errors_.pop_front();
}

std::optional<ErrorRecord> ErrorMemory::Take(const std::string& error_id) {
  std::lock_guard lock(mutex_);
  auto found = std::find_if(errors_.begin(), errors_.end(),
                            [&](const auto& each) { return each.first == error_id; });
  if (found == errors_.end()) return std::nullopt;
  ErrorRecord record = std::move(found->second);
  errors_.erase(found);
  return record;
}

void FillErrorDetails(const ErrorRecord& record, bool with_trace,
                      messages::FetchErrorDetailsResponse* response) {
  response->set_root_error_idx(0);
  AddError(record, response);
  for (const ErrorRecord& cause : record.causes) {
    const int number = response->errors_size();
    response->mutable_errors(number - 1)->set_cause_idx(number);
    AddError(cause, response);
  }
  if (!with_trace) return;
  for (auto& error : *response->mutable_errors()) {
    auto* frame = error.add_stack_trace();
    frame->set_declaring_class("headrace");
    frame->set_method_name("engine");
    frame->set_file_name("native code");
  }
}

}  // namespace headrace
