// Queries that run: StreamingQuery, StreamingQueryManager.
#include <iostream>

#include "headrace/streaming.h"

#include "client/connection.h"
#include "client/exception_factory.h"

namespace headrace::inline v1 {
namespace {

using client::Connection;
using client::messages::Command;
using client::messages::StreamingQueryCommand;
using client::messages::StreamingQueryCommandResult;
using client::messages::StreamingQueryManagerCommand;
using client::messages::StreamingQueryManagerCommandResult;

StreamingQueryCommandResult Ask(Connection* connection, const StreamingQuery& query,
                                StreamingQueryCommand question) {
  question.mutable_query_id()->set_id(query.id());
  question.mutable_query_id()->set_run_id(query.runId());
  Command command;
  command.mutable_streaming_query_command()->Swap(&question);
  auto response = connection->ExecuteCommand(std::move(command));
  if (!response.has_streaming_query_command_result()) {
    client::ThrowConnectError("The server did not answer a question about query " + query.id() +
                              ".");
  }
  return std::move(*response.mutable_streaming_query_command_result());
}

StreamingQueryManagerCommandResult Ask(Connection* connection,
                                       StreamingQueryManagerCommand question) {
  Command command;
  command.mutable_streaming_query_manager_command()->Swap(&question);
  auto response = connection->ExecuteCommand(std::move(command));
  if (!response.has_streaming_query_manager_command_result()) {
    client::ThrowConnectError("The server did not answer a question about its queries.");
  }
  return std::move(*response.mutable_streaming_query_manager_command_result());
}

std::vector<StreamingQueryProgress> ProgressOf(const StreamingQueryCommandResult& result) {
  std::vector<StreamingQueryProgress> progress;
  for (const std::string& json : result.recent_progress().recent_progress_json()) {
    progress.push_back(StreamingQueryProgress::fromJson(json));
  }
  return progress;
}

// Servers put the exception's Java class before its message: "a.b.C: message".
std::string WithoutClassName(const std::string& message) {
  const size_t end = message.find(": ");
  if (end == std::string::npos || message.find(' ') < end) return message;
  return message.substr(end + 2);
}

}  // namespace

std::optional<std::string> StreamingQuery::name() const {
  if (name_.empty()) return std::nullopt;
  return name_;
}

bool StreamingQuery::isActive() const {
  StreamingQueryCommand question;
  question.set_status(true);
  return Ask(connection_.get(), *this, std::move(question)).status().is_active();
}

StreamingQueryStatus StreamingQuery::status() const {
  StreamingQueryCommand question;
  question.set_status(true);
  const auto result = Ask(connection_.get(), *this, std::move(question));
  return {.message = result.status().status_message(),
          .isDataAvailable = result.status().is_data_available(),
          .isTriggerActive = result.status().is_trigger_active()};
}

std::optional<StreamingQueryProgress> StreamingQuery::lastProgress() const {
  StreamingQueryCommand question;
  question.set_last_progress(true);
  auto progress = ProgressOf(Ask(connection_.get(), *this, std::move(question)));
  if (progress.empty()) return std::nullopt;
  return std::move(progress.back());
}

std::vector<StreamingQueryProgress> StreamingQuery::recentProgress() const {
  StreamingQueryCommand question;
  question.set_recent_progress(true);
  return ProgressOf(Ask(connection_.get(), *this, std::move(question)));
}

std::optional<StreamingQueryException> StreamingQuery::exception() const {
  StreamingQueryCommand question;
  question.set_exception(true);
  const auto result = Ask(connection_.get(), *this, std::move(question));
  if (!result.exception().has_exception_message()) return std::nullopt;
  return StreamingQueryException(
      ErrorDescription{.message = WithoutClassName(result.exception().exception_message()),
                       .condition = result.exception().error_class()});
}

std::string StreamingQuery::explainString(bool extended) const {
  StreamingQueryCommand question;
  question.mutable_explain()->set_extended(extended);
  return Ask(connection_.get(), *this, std::move(question)).explain().result();
}

void StreamingQuery::explain(bool extended) const {
  std::cout << explainString(extended) << std::endl;
}

void StreamingQuery::stop() const {
  StreamingQueryCommand question;
  question.set_stop(true);
  Ask(connection_.get(), *this, std::move(question));
}

void StreamingQuery::awaitTermination() const {
  StreamingQueryCommand question;
  question.mutable_await_termination();
  Ask(connection_.get(), *this, std::move(question));
}

bool StreamingQuery::awaitTermination(std::chrono::milliseconds timeout) const {
  StreamingQueryCommand question;
  question.mutable_await_termination()->set_timeout_ms(timeout.count());
  return Ask(connection_.get(), *this, std::move(question)).await_termination().terminated();
}

void StreamingQuery::processAllAvailable() const {
  StreamingQueryCommand question;
  question.set_process_all_available(true);
  Ask(connection_.get(), *this, std::move(question));
}

std::vector<StreamingQuery> StreamingQueryManager::active() const {
  StreamingQueryManagerCommand question;
  question.set_active(true);
  const auto result = Ask(connection_.get(), std::move(question));
  std::vector<StreamingQuery> queries;
  for (const auto& query : result.active().active_queries()) {
    queries.emplace_back(connection_, query.id().id(), query.id().run_id(), query.name());
  }
  return queries;
}

std::optional<StreamingQuery> StreamingQueryManager::get(const std::string& id) const {
  StreamingQueryManagerCommand question;
  question.set_get_query(id);
  const auto result = Ask(connection_.get(), std::move(question));
  if (!result.has_query()) return std::nullopt;
  return StreamingQuery(connection_, result.query().id().id(), result.query().id().run_id(),
                        result.query().name());
}

void StreamingQueryManager::awaitAnyTermination() const {
  StreamingQueryManagerCommand question;
  question.mutable_await_any_termination();
  Ask(connection_.get(), std::move(question));
}

bool StreamingQueryManager::awaitAnyTermination(std::chrono::milliseconds timeout) const {
  StreamingQueryManagerCommand question;
  question.mutable_await_any_termination()->set_timeout_ms(timeout.count());
  return Ask(connection_.get(), std::move(question)).await_any_termination().terminated();
}

void StreamingQueryManager::resetTerminated() const {
  StreamingQueryManagerCommand question;
  question.set_reset_terminated(true);
  Ask(connection_.get(), std::move(question));
}

}  // namespace headrace::inline v1
