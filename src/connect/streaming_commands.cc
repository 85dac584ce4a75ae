// Commands that start, watch and stop streaming queries.
#include <google/protobuf/descriptor.h>

#include "connect/analyze_request.h"
#include "connect/field_check.h"
#include "connect/plan_execution.h"
#include "types/time.h"

namespace headrace {
namespace {

using Start = messages::WriteStreamOperationStart;
using QueryCommand = messages::StreamingQueryCommand;
using ManagerCommand = messages::StreamingQueryManagerCommand;

constexpr char kStreamingQueryException[] =
    "org.apache.spark.sql.streaming.StreamingQueryException: ";

Result<int64_t> IntervalMs(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(auto interval, ParseInterval(text));
  if (interval.months != 0) {
    return IllegalArgument("_LEGACY_ERROR_TEMP_TRIGGER_INTERVAL",
                           "A trigger interval must not hold months or years; got `" + text + "`.");
  }
  int64_t milliseconds = interval.days * 86400000LL + interval.microseconds / 1000;
  if (milliseconds < 0) {
    return IllegalArgument("_LEGACY_ERROR_TEMP_TRIGGER_INTERVAL",
                           "A trigger interval must not be negative; got `" + text + "`.");
  }
  return milliseconds;
}

Result<TriggerSpecification> TriggerOf(const Start& command) {
  using Kind = TriggerSpecification::Kind;
  TriggerSpecification trigger;
  const std::string* interval = nullptr;
  switch (command.trigger_case()) {
    case Start::kProcessingTimeInterval:
      trigger.kind = Kind::kProcessingTime;
      interval = &command.processing_time_interval();
      break;
    case Start::kContinuousCheckpointInterval:
      trigger.kind = Kind::kContinuous;
      interval = &command.continuous_checkpoint_interval();
      break;
    case Start::kRealTimeBatchDuration:
      trigger.kind = Kind::kRealTime;
      interval = &command.real_time_batch_duration();
      break;
    case Start::kAvailableNow:
      trigger.kind = command.available_now() ? Kind::kAvailableNow : Kind::kDefault;
      break;
    case Start::kOnce:
      trigger.kind = command.once() ? Kind::kOnce : Kind::kDefault;
      break;
    case Start::TRIGGER_NOT_SET:
      break;
  }
  if (interval != nullptr) {
    ARROW_ASSIGN_OR_RAISE(trigger.interval_ms, IntervalMs(*interval));
  }
  return trigger;
}

Result<PythonFunction> FunctionOf(const messages::StreamingForeachFunction& message,
                                  const std::string& name) {
  if (!message.has_python_function()) return NotSupported(name + " with a Scala function");
  const auto& python = message.python_function();
  ARROW_RETURN_NOT_OK(CheckFields(message, {"python_function"}));
  ARROW_RETURN_NOT_OK(CheckFields(python, {"output_type", "eval_type", "command", "python_ver"}));
  PythonFunction function;
  function.name = name;
  function.command = python.command();
  function.python_version = python.python_ver();
  return function;
}

template <typename Message>
void SetQueryId(const StreamingQuery& query, Message* message) {
  message->set_id(query.id());
  message->set_run_id(query.run_id());
}

Result<StreamingQueryPtr> FindQuery(Session& session,
                                    const messages::StreamingQueryInstanceId& id) {
  auto query = session.queries().Find(id.id(), id.run_id());
  if (query != nullptr) return query;
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.STREAMING_QUERY_NOT_FOUND",
                   "The session has no streaming query " + id.id() + " with the run " +
                       id.run_id() + "; a query is forgotten an hour after its end.",
                   {{"id", id.id()}});
}

std::optional<int64_t> TimeoutOf(const auto& command) {
  return command.has_timeout_ms() ? std::optional<int64_t>(command.timeout_ms()) : std::nullopt;
}

void SetException(const QueryFailure& failure,
                  messages::StreamingQueryCommandResult::ExceptionResult* result) {
  // Clients cut the class off at the first `: `.
  result->set_exception_message(kStreamingQueryException + failure.message);
  result->set_error_class("STREAM_FAILED");
}

}  // namespace

Status StartStream(ConnectSession& connect_session, Operation& operation, const Start& command) {
  ARROW_RETURN_NOT_OK(CheckFields(
      command,
      {"input", "format", "options", "partitioning_column_names", "processing_time_interval",
       "available_now", "once", "continuous_checkpoint_interval", "real_time_batch_duration",
       "output_mode", "query_name", "path", "table_name", "foreach_batch", "foreach_writer"}));
  Session& session = connect_session.session();
  StreamStart start;
  ARROW_ASSIGN_OR_RAISE(start.input, TranslatorOf(session).Relation(command.input()));
  start.format = command.format();
  start.options = {command.options().begin(), command.options().end()};
  start.partition_columns = {command.partitioning_column_names().begin(),
                             command.partitioning_column_names().end()};
  ARROW_ASSIGN_OR_RAISE(start.trigger, TriggerOf(command));
  start.output_mode = command.output_mode();
  start.query_name = command.query_name();
  // An empty path is a plain start().
  if (!command.path().empty()) start.path = command.path();
  if (!command.table_name().empty()) start.table_name = command.table_name();
  if (command.has_foreach_batch()) {
    ARROW_ASSIGN_OR_RAISE(start.foreach_batch, FunctionOf(command.foreach_batch(), "foreachBatch"));
  }
  if (command.has_foreach_writer()) {
    ARROW_ASSIGN_OR_RAISE(start.foreach_row, FunctionOf(command.foreach_writer(), "foreach"));
  }
  ARROW_ASSIGN_OR_RAISE(auto query, session.StartStream(start));
  connect_session.TagQuery(query->run_id(), operation.tags());

  messages::ExecutePlanResponse response;
  auto* result = response.mutable_write_stream_operation_start_result();
  SetQueryId(*query, result->mutable_query_id());
  result->set_name(query->name());
  std::string started = connect_session.bus().TakeStartedEvent(query->run_id());
  if (!started.empty()) result->set_query_started_event_json(std::move(started));
  return operation.Send(std::move(response));
}

Status RunStreamingQueryCommand(ConnectSession& connect_session, Operation& operation,
                                const QueryCommand& command) {
  ARROW_RETURN_NOT_OK(
      CheckFields(command, {"query_id", "status", "last_progress", "recent_progress", "stop",
                            "process_all_available", "explain", "exception", "await_termination"}));
  ARROW_ASSIGN_OR_RAISE(auto query, FindQuery(connect_session.session(), command.query_id()));
  messages::ExecutePlanResponse response;
  auto* result = response.mutable_streaming_query_command_result();
  SetQueryId(*query, result->mutable_query_id());
  switch (command.command_case()) {
    case QueryCommand::kStatus: {
      QueryStatus status = query->status();
      result->mutable_status()->set_status_message(status.message);
      result->mutable_status()->set_is_data_available(status.is_data_available);
      result->mutable_status()->set_is_trigger_active(status.is_trigger_active);
      result->mutable_status()->set_is_active(status.is_active);
      break;
    }
    case QueryCommand::kLastProgress: {
      auto progress = query->recent_progress();
      auto* list = result->mutable_recent_progress();
      if (!progress.empty()) list->add_recent_progress_json(std::move(progress.back()));
      break;
    }
    case QueryCommand::kRecentProgress: {
      auto* list = result->mutable_recent_progress();
      for (auto& each : query->recent_progress()) list->add_recent_progress_json(std::move(each));
      break;
    }
    case QueryCommand::kStop: {
      const Status stopped = query->Stop();
      connect_session.bus().AwaitDelivery();
      ARROW_RETURN_NOT_OK(stopped);
      break;
    }
    case QueryCommand::kProcessAllAvailable: {
      const Status processed = query->ProcessAllAvailable();
      connect_session.bus().AwaitDelivery();
      ARROW_RETURN_NOT_OK(processed);
      break;
    }
    case QueryCommand::kExplain:
      ARROW_RETURN_NOT_OK(CheckFields(command.explain(), {"extended"}));
      result->mutable_explain()->set_result(query->Explain(command.explain().extended()));
      break;
    case QueryCommand::kException:
      // No failure, no field: clients look whether it is set.
      if (auto failure = query->exception()) SetException(*failure, result->mutable_exception());
      break;
    case QueryCommand::kAwaitTermination: {
      ARROW_RETURN_NOT_OK(CheckFields(command.await_termination(), {"timeout_ms"}));
      const Result<bool> terminated =
          query->AwaitTermination(TimeoutOf(command.await_termination()), operation.cancellation());
      if (!terminated.ok() || *terminated) connect_session.bus().AwaitDelivery();
      ARROW_RETURN_NOT_OK(terminated.status());
      result->mutable_await_termination()->set_terminated(*terminated);
      break;
    }
    case QueryCommand::COMMAND_NOT_SET:
      return NotSupported("a streaming query command without content");
  }
  return operation.Send(std::move(response));
}

Status RunQueryManagerCommand(ConnectSession& connect_session, Operation& operation,
                              const ManagerCommand& command) {
  ARROW_RETURN_NOT_OK(
      CheckFields(command, {"active", "get_query", "await_any_termination", "reset_terminated",
                            "add_listener", "remove_listener", "list_listeners"}));
  QueryManager& queries = connect_session.session().queries();
  messages::ExecutePlanResponse response;
  auto* result = response.mutable_streaming_query_manager_command_result();
  auto describe = [](const StreamingQuery& query, auto* instance) {
    SetQueryId(query, instance->mutable_id());
    if (!query.name().empty()) instance->set_name(query.name());
  };
  switch (command.command_case()) {
    case ManagerCommand::kActive: {
      auto* active = result->mutable_active();
      for (const auto& query : queries.Active()) describe(*query, active->add_active_queries());
      break;
    }
    case ManagerCommand::kGetQuery:
      for (const auto& query : queries.Active()) {
        if (query->id() == command.get_query()) describe(*query, result->mutable_query());
      }
      break;
    case ManagerCommand::kAwaitAnyTermination: {
      ARROW_RETURN_NOT_OK(CheckFields(command.await_any_termination(), {"timeout_ms"}));
      const Result<bool> terminated = queries.AwaitAnyTermination(
          TimeoutOf(command.await_any_termination()), operation.cancellation());
      if (!terminated.ok() || *terminated) connect_session.bus().AwaitDelivery();
      ARROW_RETURN_NOT_OK(terminated.status());
      result->mutable_await_any_termination()->set_terminated(*terminated);
      break;
    }
    case ManagerCommand::kResetTerminated:
      queries.ResetTerminated();
      result->set_reset_terminated(true);
      break;
    case ManagerCommand::kAddListener: {  // of 3.5 clients; later ones run listeners themselves
      const auto& added = command.add_listener();
      ARROW_RETURN_NOT_OK(CheckFields(added, {"python_listener_payload", "id"}));
      PythonFunction listener;
      listener.name = "StreamingQueryListener";
      listener.command = added.python_listener_payload().command();
      listener.python_version = added.python_listener_payload().python_ver();
      ARROW_RETURN_NOT_OK(connect_session.session().AddListener(added.id(), listener));
      result->set_add_listener(true);
      break;
    }
    case ManagerCommand::kRemoveListener:
      connect_session.session().RemoveListener(command.remove_listener().id());
      result->set_remove_listener(true);
      break;
    case ManagerCommand::kListListeners:
      for (auto& id : connect_session.session().ListenerIds()) {
        result->mutable_list_listeners()->add_listener_ids(std::move(id));
      }
      break;
    case ManagerCommand::COMMAND_NOT_SET:
      return NotSupported("a query manager command without content");
  }
  return operation.Send(std::move(response));
}

Status RunListenerBusCommand(ConnectSession& session, Operation& operation,
                             const messages::StreamingQueryListenerBusCommand& command) {
  ARROW_RETURN_NOT_OK(
      CheckFields(command, {"add_listener_bus_listener", "remove_listener_bus_listener"}));
  if (command.add_listener_bus_listener()) {
    return session.bus().Serve(&session.session().queries(), &operation);
  }
  session.bus().Close();
  return Status::OK();
}

}  // namespace headrace
