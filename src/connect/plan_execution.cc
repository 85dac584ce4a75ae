#include "connect/plan_execution.h"

#include <google/protobuf/descriptor.h>

#include "connect/analyze_request.h"
#include "connect/arrow_streams.h"
#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/type_messages.h"
#include "python/data_source.h"

namespace headrace {
namespace {

using Kind = messages::Command::CommandTypeCase;

std::string ZoneName(Session& session) {
  return session.configuration().Get("spark.sql.session.timeZone").value_or("UTC");
}

Status SendObserved(Operation& operation, const ObservedRows& observed) {
  if (observed.empty()) return Status::OK();
  messages::ExecutePlanResponse response;
  for (const auto& [name, row] : observed) {
    auto* metrics = response.add_observed_metrics();
    metrics->set_name(name);
    for (int i = 0; i < row->num_columns(); ++i) {
      metrics->add_keys(row->schema()->field(i)->name());
      ARROW_ASSIGN_OR_RAISE(*metrics->add_values(), LiteralToMessage(*row->column(i), 0));
    }
  }
  return operation.Send(std::move(response));
}

Status SendRows(Session& session, Operation& operation, const LogicalPlanPtr& plan) {
  std::optional<ResultEncoder> encoder;
  auto send_batch = [&](int64_t start, int64_t rows, std::string stream) {
    messages::ExecutePlanResponse response;
    auto* batch = response.mutable_arrow_batch();
    batch->set_start_offset(start);
    batch->set_row_count(rows);
    batch->set_data(std::move(stream));
    return operation.Send(std::move(response));
  };
  auto send_schema = [&](const SchemaPtr& schema) -> Status {
    encoder.emplace(schema, ZoneName(session), send_batch);
    messages::ExecutePlanResponse response;
    ARROW_ASSIGN_OR_RAISE(*response.mutable_schema(), SchemaToMessage(*schema));
    return operation.Send(std::move(response));
  };
  ObservedRows observed;
  ARROW_RETURN_NOT_OK(session.Execute(
      plan, operation.cancellation(), send_schema,
      [&](const BatchPtr& batch) { return encoder->Add(batch); }, &observed));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  return SendObserved(operation, observed);
}

// A command's small answer as a relation that the client executes later.
Status SetLocalRelation(const LogicalPlan& plan, messages::LocalRelation* relation) {
  std::shared_ptr<arrow::RecordBatch> batch;
  if (plan.batches.empty()) {
    ARROW_ASSIGN_OR_RAISE(batch, arrow::RecordBatch::MakeEmpty(plan.schema));
  } else if (plan.batches.size() == 1) {
    batch = plan.batches.front();
  } else {
    ARROW_ASSIGN_OR_RAISE(batch, arrow::ConcatenateRecordBatches(plan.batches));
  }
  ARROW_ASSIGN_OR_RAISE(*relation->mutable_data(), WriteArrowStream(*batch));
  relation->set_schema(SchemaToJson(*plan.schema));
  return Status::OK();
}

// spark.sql(): commands run now; queries are analysed, and the client executes them when it wants.
Status RunSqlCommand(Session& session, Operation& operation, const messages::SqlCommand& command) {
  ARROW_RETURN_NOT_OK(CheckFields(
      command, {"sql", "args", "pos_args", "named_arguments", "pos_arguments", "input"}));
  messages::Relation input = command.input();
  if (!command.has_input()) {  // the form of 3.5
    auto* sql = input.mutable_sql();
    sql->set_query(command.sql());
    *sql->mutable_args() = command.args();
    *sql->mutable_pos_args() = command.pos_args();
    *sql->mutable_named_arguments() = command.named_arguments();
    *sql->mutable_pos_arguments() = command.pos_arguments();
  }
  messages::ExecutePlanResponse response;
  auto* relation = response.mutable_sql_command_result()->mutable_relation();
  if (input.has_sql()) {
    ARROW_ASSIGN_OR_RAISE(auto parameters, TranslatorOf(session).Parameters(input.sql()));
    ARROW_ASSIGN_OR_RAISE(auto plan,
                          session.Sql(input.sql().query(), parameters, operation.cancellation()));
    if (plan->kind == LogicalKind::kLocalData) {
      ARROW_RETURN_NOT_OK(SetLocalRelation(*plan, relation->mutable_local_relation()));
      return operation.Send(std::move(response));
    }
  } else {  // a query over DataFrames given as arguments
    ARROW_ASSIGN_OR_RAISE(auto plan, TranslatorOf(session).Relation(input));
    ARROW_RETURN_NOT_OK(session.Analyze(plan).status());
  }
  *relation = std::move(input);
  return operation.Send(std::move(response));
}

Status CreateView(Session& session, const messages::CreateDataFrameViewCommand& command) {
  ARROW_RETURN_NOT_OK(CheckFields(command, {"input", "name", "is_global", "replace"}));
  ARROW_ASSIGN_OR_RAISE(auto plan, TranslatorOf(session).Relation(command.input()));
  return session.CreateTempView(command.name(), std::move(plan), command.replace(),
                                command.is_global());
}

Result<SaveMode> SaveModeOf(messages::WriteOperation::SaveMode mode) {
  switch (mode) {
    case messages::WriteOperation::SAVE_MODE_UNSPECIFIED:
    case messages::WriteOperation::SAVE_MODE_ERROR_IF_EXISTS:
      return SaveMode::kErrorIfExists;
    case messages::WriteOperation::SAVE_MODE_APPEND:
      return SaveMode::kAppend;
    case messages::WriteOperation::SAVE_MODE_OVERWRITE:
      return SaveMode::kOverwrite;
    case messages::WriteOperation::SAVE_MODE_IGNORE:
      return SaveMode::kIgnore;
    default:
      return NotSupported("the save mode " + std::to_string(mode));
  }
}

constexpr char kPlainFiles[] =
    "Leave it out: tables are plain files. partitionBy makes directories by a column, "
    "repartition and sortWithinPartitions before the write decide what lies in a file.";

// In Spark buckets are kept of tables only.
Status CheckNoBuckets(const messages::WriteOperation& command) {
  const bool sorted = command.sort_column_names_size() > 0;
  if (command.has_table() && command.has_bucket_by()) {
    return NotSupported("DataFrameWriter.bucketBy", kPlainFiles);
  }
  if (command.has_bucket_by()) {
    return AnalysisError(sorted ? "_LEGACY_ERROR_TEMP_1313" : "_LEGACY_ERROR_TEMP_1312",
                         "'save' writes no buckets: leave out bucketBy, or write a table.",
                         {{"operation", "save"}});
  }
  if (!sorted) return Status::OK();
  return AnalysisError("SORT_BY_WITHOUT_BUCKETING",
                       "sortBy sorts within buckets, so it needs bucketBy. To sort the files, use "
                       "sortWithinPartitions before the write.");
}

Status CheckNoClusters(const auto& command) {
  if (command.clustering_columns_size() == 0) return Status::OK();
  return NotSupported("DataFrameWriter.clusterBy", kPlainFiles);
}

Status Write(Session& session, Operation& operation, const messages::WriteOperation& command) {
  ARROW_RETURN_NOT_OK(CheckNoBuckets(command));
  ARROW_RETURN_NOT_OK(CheckNoClusters(command));
  ARROW_RETURN_NOT_OK(CheckFields(
      command, {"input", "source", "path", "table", "mode", "partitioning_columns", "options"}));
  WriteRequest request;
  ARROW_ASSIGN_OR_RAISE(request.input, TranslatorOf(session).Relation(command.input()));
  request.format = command.source();
  request.options = {command.options().begin(), command.options().end()};
  request.partition_columns = {command.partitioning_columns().begin(),
                               command.partitioning_columns().end()};
  ARROW_ASSIGN_OR_RAISE(request.mode, SaveModeOf(command.mode()));
  if (command.has_path()) request.path = command.path();
  if (command.has_table()) {
    ARROW_RETURN_NOT_OK(CheckFields(command.table(), {"table_name", "save_method"}));
    request.table_name = command.table().table_name();
    switch (command.table().save_method()) {
      case messages::WriteOperation::SaveTable::TABLE_SAVE_METHOD_SAVE_AS_TABLE:
        break;
      case messages::WriteOperation::SaveTable::TABLE_SAVE_METHOD_INSERT_INTO:
        request.insert_into = true;
        break;
      default:
        return NotSupported("the save method " + std::to_string(command.table().save_method()));
    }
  }
  ObservedRows observed;
  ARROW_RETURN_NOT_OK(session.Write(request, operation.cancellation(), &observed));
  return SendObserved(operation, observed);
}

Result<TableWriteRequest::Mode> ModeOf(messages::WriteOperationV2::Mode mode) {
  using Mode = TableWriteRequest::Mode;
  switch (mode) {
    case messages::WriteOperationV2::MODE_CREATE:
      return Mode::kCreate;
    case messages::WriteOperationV2::MODE_REPLACE:
      return Mode::kReplace;
    case messages::WriteOperationV2::MODE_CREATE_OR_REPLACE:
      return Mode::kCreateOrReplace;
    case messages::WriteOperationV2::MODE_APPEND:
      return Mode::kAppend;
    case messages::WriteOperationV2::MODE_OVERWRITE:
      return Mode::kOverwrite;
    case messages::WriteOperationV2::MODE_OVERWRITE_PARTITIONS:
      return Mode::kOverwritePartitions;
    default:
      return NotSupported("the mode " + std::to_string(mode) + " of writeTo");
  }
}

// writeTo(table). Partitions are plain columns: transforms such as years() are refused.
Status WriteTable(Session& session, Operation& operation,
                  const messages::WriteOperationV2& command) {
  ARROW_RETURN_NOT_OK(CheckNoClusters(command));
  ARROW_RETURN_NOT_OK(
      CheckFields(command, {"input", "table_name", "provider", "partitioning_columns", "options",
                            "table_properties", "mode", "overwrite_condition"}));
  const PlanTranslator translator = TranslatorOf(session);
  TableWriteRequest request;
  ARROW_ASSIGN_OR_RAISE(request.input, translator.Relation(command.input()));
  request.table_name = command.table_name();
  request.format = command.provider();
  request.options = {command.options().begin(), command.options().end()};
  request.properties = {command.table_properties().begin(), command.table_properties().end()};
  ARROW_ASSIGN_OR_RAISE(request.mode, ModeOf(command.mode()));
  for (const auto& column : command.partitioning_columns()) {
    ARROW_ASSIGN_OR_RAISE(const auto expression, translator.Expression(column));
    if (expression->kind != UnresolvedKind::kAttribute || expression->name_parts.size() != 1) {
      return NotSupported("partitionedBy with a transform", "Partition by plain columns.");
    }
    request.partition_columns.push_back(expression->name_parts[0]);
  }
  ObservedRows observed;
  ARROW_RETURN_NOT_OK(session.WriteTable(request, operation.cancellation(), &observed));
  return SendObserved(operation, observed);
}

// The rows are computed at once, eager or not, and kept in memory, local or not.
Status Checkpoint(Session& session, Operation& operation,
                  const messages::CheckpointCommand& command) {
  ARROW_RETURN_NOT_OK(CheckFields(command, {"relation", "local", "eager"}));
  ARROW_ASSIGN_OR_RAISE(auto plan, TranslatorOf(session).Relation(command.relation()));
  ObservedRows observed;
  ARROW_ASSIGN_OR_RAISE(auto relation_id,
                        session.Checkpoint(plan, operation.cancellation(), &observed));
  messages::ExecutePlanResponse response;
  response.mutable_checkpoint_command_result()->mutable_relation()->set_relation_id(relation_id);
  ARROW_RETURN_NOT_OK(operation.Send(std::move(response)));
  return SendObserved(operation, observed);
}

Status RegisterFunction(Session& session, const auto& message) {
  ARROW_ASSIGN_OR_RAISE(auto function, PythonFunctionFrom(message));
  return session.RegisterFunction(std::move(function));
}

Status RegisterDataSource(Session& session,
                          const messages::CommonInlineUserDefinedDataSource& message) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"name", "python_data_source"}));
  const auto& python = message.python_data_source();
  ARROW_RETURN_NOT_OK(CheckFields(python, {"command", "python_ver"}));
  return session.RegisterDataSource({message.name(), python.command(), python.python_ver()});
}

Status RunCommand(ConnectSession& connect_session, Operation& operation,
                  const messages::Command& command) {
  Session& session = connect_session.session();
  const auto* set = command.GetReflection()->GetOneofFieldDescriptor(
      command, command.GetDescriptor()->FindOneofByName("command_type"));
  ARROW_RETURN_NOT_OK(CheckFields(command, {set == nullptr ? "" : set->name()}));
  switch (command.command_type_case()) {
    case Kind::kWriteOperation:
      return Write(session, operation, command.write_operation());
    case Kind::kCreateDataframeView:
      return CreateView(session, command.create_dataframe_view());
    case Kind::kSqlCommand:
      return RunSqlCommand(session, operation, command.sql_command());
    case Kind::kWriteStreamOperationStart:
      return StartStream(connect_session, operation, command.write_stream_operation_start());
    case Kind::kStreamingQueryCommand:
      return RunStreamingQueryCommand(connect_session, operation,
                                      command.streaming_query_command());
    case Kind::kStreamingQueryManagerCommand:
      return RunQueryManagerCommand(connect_session, operation,
                                    command.streaming_query_manager_command());
    case Kind::kStreamingQueryListenerBusCommand:
      return RunListenerBusCommand(connect_session, operation,
                                   command.streaming_query_listener_bus_command());
    case Kind::kGetResourcesCommand: {
      messages::ExecutePlanResponse response;
      response.mutable_get_resources_command_result();
      return operation.Send(std::move(response));
    }
    case Kind::kRemoveCachedRemoteRelationCommand:
      session.RemoveCached(
          command.remove_cached_remote_relation_command().relation().relation_id());
      return Status::OK();
    case Kind::kMlCommand:
      // 4.x clients send this when the interpreter ends; there is nothing to clean.
      if (command.ml_command().has_clean_cache()) return Status::OK();
      return NotSupported("spark.ml");
    case Kind::kRegisterFunction:
      return RegisterFunction(session, command.register_function());
    case Kind::kRegisterTableFunction:
      return RegisterFunction(session, command.register_table_function());
    case Kind::kRegisterDataSource:
      return RegisterDataSource(session, command.register_data_source());
    case Kind::kWriteOperationV2:
      return WriteTable(session, operation, command.write_operation_v2());
    case Kind::kMergeIntoTableCommand:
      return NotSupported("mergeInto");
    case Kind::kCheckpointCommand:
      return Checkpoint(session, operation, command.checkpoint_command());
    case Kind::kCreateResourceProfileCommand:
      return NotSupported("a resource profile");
    case Kind::kExecuteExternalCommand:
      return NotSupported("executeCommand");
    case Kind::kPipelineCommand:
      return NotSupported("a declarative pipeline");
    case Kind::kExtension:
      return NotSupported("the command extension " + command.extension().type_url());
    case Kind::COMMAND_TYPE_NOT_SET:
      break;
  }
  return NotSupported("a command without content");
}

}  // namespace

Status ExecuteOperation(ConnectSession& session, Operation& operation, const messages::Plan& plan) {
  if (plan.has_compressed_operation()) {
    ARROW_ASSIGN_OR_RAISE(auto unpacked, UnpackPlan(plan));
    return ExecuteOperation(session, operation, unpacked);
  }
  if (plan.has_command()) {
    ARROW_RETURN_NOT_OK(CheckFields(plan, {"command"}));
    return RunCommand(session, operation, plan.command());
  }
  ARROW_ASSIGN_OR_RAISE(auto logical, TranslatorOf(session.session()).Plan(plan));
  return SendRows(session.session(), operation, logical);
}

}  // namespace headrace
