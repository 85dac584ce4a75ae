#include "client/wire_exception.h"

#include <functional>
#include <unordered_map>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include <nlohmann/json.hpp>

#include "headrace/exceptions.h"

namespace headrace::client {
namespace {

using Thrower = void (*)(ErrorDescription);

template <typename Exception>
void Throw(ErrorDescription description) {
  throw Exception(std::move(description));
}

// By Java class, as in PySpark's mapping.
Thrower ThrowerOf(const std::string& java_class) {
  static const std::unordered_map<std::string, Thrower> kThrowers = {
      {"org.apache.spark.sql.catalyst.parser.ParseException", Throw<ParseException>},
      {"org.apache.spark.sql.AnalysisException", Throw<AnalysisException>},
      {"org.apache.spark.sql.streaming.StreamingQueryException", Throw<StreamingQueryException>},
      {"org.apache.spark.sql.execution.QueryExecutionException", Throw<QueryExecutionException>},
      {"java.lang.NumberFormatException", Throw<NumberFormatException>},
      {"java.lang.IllegalArgumentException", Throw<IllegalArgumentException>},
      {"java.lang.ArithmeticException", Throw<ArithmeticException>},
      {"java.lang.UnsupportedOperationException", Throw<UnsupportedOperationException>},
      {"java.lang.ArrayIndexOutOfBoundsException", Throw<ArrayIndexOutOfBoundsException>},
      {"java.time.DateTimeException", Throw<DateTimeException>},
      {"org.apache.spark.SparkRuntimeException", Throw<SparkRuntimeException>},
      {"org.apache.spark.SparkUpgradeException", Throw<SparkUpgradeException>},
      {"org.apache.spark.SparkNoSuchElementException", Throw<SparkNoSuchElementException>},
      {"org.apache.spark.api.python.PythonException", Throw<PythonException>},
      {"org.apache.spark.sql.connect.common.InvalidPlanInput", Throw<InvalidPlanInput>},
      {"org.apache.spark.SparkException", Throw<SparkException>},
  };
  auto found = kThrowers.find(java_class);
  return found == kThrowers.end() ? nullptr : found->second;
}

std::optional<google::rpc::ErrorInfo> ErrorInfoOf(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  for (const auto& detail : status.details()) {
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) return info;
  }
  return std::nullopt;
}

std::string MetadataOf(const google::rpc::ErrorInfo& info, const char* key) {
  auto found = info.metadata().find(key);
  return found == info.metadata().end() ? "" : found->second;
}

std::vector<std::string> ClassesOf(const google::rpc::ErrorInfo& info) {
  std::vector<std::string> classes = {info.reason()};
  auto json = nlohmann::json::parse(MetadataOf(info, "classes"), nullptr, false);
  if (json.is_array()) {
    for (const auto& name : json) {
      if (name.is_string()) classes.push_back(name);
    }
  }
  return classes;
}

void ApplyMetadata(const google::rpc::ErrorInfo& info, ErrorDescription* description) {
  description->condition = MetadataOf(info, "errorClass");
  description->sql_state = MetadataOf(info, "sqlState");
  auto json = nlohmann::json::parse(MetadataOf(info, "messageParameters"), nullptr, false);
  if (!json.is_object()) return;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) description->parameters[name] = value;
  }
}

void ApplyDetails(const messages::FetchErrorDetailsResponse& details,
                  std::vector<std::string>* classes, ErrorDescription* description) {
  const int root = details.root_error_idx();
  if (!details.has_root_error_idx() || root < 0 || root >= details.errors_size()) return;
  const auto& error = details.errors(root);
  if (!error.message().empty()) description->message = error.message();
  if (error.error_type_hierarchy_size() > 0) {
    classes->assign(error.error_type_hierarchy().begin(), error.error_type_hierarchy().end());
  }
  if (!error.has_spark_throwable()) return;
  const auto& throwable = error.spark_throwable();
  if (throwable.has_error_class()) description->condition = throwable.error_class();
  if (throwable.has_sql_state()) description->sql_state = throwable.sql_state();
  for (const auto& [name, value] : throwable.message_parameters()) {
    description->parameters[name] = value;
  }
}

}  // namespace

std::string ErrorIdOf(const google::rpc::Status& status) {
  auto info = ErrorInfoOf(status);
  return info.has_value() ? MetadataOf(*info, "errorId") : "";
}

void ThrowException(const google::rpc::Status& status,
                    const messages::FetchErrorDetailsResponse* details) {
  ErrorDescription description{.message = status.message()};
  auto info = ErrorInfoOf(status);
  if (!info.has_value()) throw SparkConnectException(std::move(description));

  std::vector<std::string> classes = ClassesOf(*info);
  ApplyMetadata(*info, &description);
  if (details != nullptr) ApplyDetails(*details, &classes, &description);
  for (const std::string& java_class : classes) {
    if (Thrower thrower = ThrowerOf(java_class)) thrower(description);
  }
  throw UnknownException(std::move(description));
}

}  // namespace headrace::client
