// Session::StartStream: from a writeStream request to a running query (semantics.md 1.1).

#include <utility>

#include "connectors/foreach/foreach.h"
#include "plan/optimizer.h"
#include "plan/resolved_nodes.h"
#include "plan/streaming_checks.h"
#include "session/partitioned_sink.h"
#include "session/session.h"
#include "session/session_state.h"
#include "streaming/trigger.h"

namespace headrace {
namespace {

// No value: a temporary directory. Error: the sink needs a lasting one and none is named.
Result<std::optional<std::string>> CheckpointLocation(const StreamStart& request,
                                                      const SinkProvider& sink,
                                                      const Configuration& configuration,
                                                      Random* random) {
  const Options options(request.options);
  std::optional<std::string> location = options.Get("checkpointLocation");
  if (!location) {
    if (const auto parent = configuration.Get("spark.sql.streaming.checkpointLocation")) {
      location =
          JoinPath(*parent, request.query_name.empty() ? random->Uuid() : request.query_name);
    }
  }
  if (location) {
    ARROW_ASSIGN_OR_RAISE(std::string path, StripFileScheme(*location));
    return std::optional(path);
  }
  if (sink.allows_temporary_checkpoint()) return std::optional<std::string>();
  return AnalysisError(
      "_LEGACY_ERROR_TEMP_1298",
      "checkpointLocation must be specified either through option(\"checkpointLocation\", …) or "
      "SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", …)");
}

// What the memory sink held before a restart is gone, so only a mode that rewrites all may go on.
Status CheckMemoryRecovery(const SinkSpecification& sink,
                           const std::optional<std::string>& checkpoint, FileSystem* files) {
  if (!EqualsIgnoreCase(sink.format, "memory") || sink.output_mode == OutputMode::kComplete ||
      !checkpoint)
    return Status::OK();
  const std::string offsets = JoinPath(*checkpoint, "offsets");
  ARROW_ASSIGN_OR_RAISE(const auto entries, files->List(offsets));
  if (entries.empty()) return Status::OK();
  return AnalysisError("_LEGACY_ERROR_TEMP_1299",
                       "This query does not support recovering from checkpoint location. Delete " +
                           offsets + " to start over.",
                       {{"checkpointPath", offsets}});
}

// What a function takes the place of is of no meaning.
std::string FormatOf(const StreamStart& request, const Configuration& configuration) {
  if (request.foreach_batch) return "foreachBatch";
  if (request.foreach_row) return "foreach";
  if (!request.format.empty()) return request.format;
  return configuration.Get("spark.sql.sources.default").value_or("parquet");
}

}  // namespace

Result<std::shared_ptr<SinkProvider>> Session::Impl::SinkFor(const StreamStart& request,
                                                             const SchemaPtr& schema) {
  if (!request.foreach_batch && !request.foreach_row) {
    return connectors.FindSink(FormatOf(request, configuration));
  }
  ARROW_ASSIGN_OR_RAISE(auto python, Python(FormatOf(request, configuration)));
  if (request.foreach_row) return MakeForeachSink(std::move(python), *request.foreach_row);
  BatchKeeper keeper;
  keeper.keep = [this, schema](const std::vector<BatchPtr>& rows) {
    const std::string id = engine->random->Uuid();
    auto plan = std::make_shared<ResolvedPlan>();
    plan->kind = ResolvedKind::kLocalData;
    plan->batches = rows;
    plan->output = AttributesOf(*schema);
    std::lock_guard lock(mutex);
    cached[id] = std::move(plan);
    return id;
  };
  keeper.forget = [this](const std::string& id) {
    std::lock_guard lock(mutex);
    cached.erase(id);
  };
  return MakeForeachBatchSink(std::move(python), *request.foreach_batch, std::move(keeper));
}

Result<StreamingQueryPtr> Session::StartStream(const StreamStart& asked) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(asked.input));
  if (!headrace::IsStreaming(*resolved)) {
    return AnalysisError(
        "WRITE_STREAM_NOT_ALLOWED",
        "`writeStream` can be called only on streaming Dataset/DataFrame; use `write`");
  }
  StreamStart request = asked;
  if (asked.table_name && !asked.table_name->empty()) {
    ARROW_ASSIGN_OR_RAISE(request, impl_->IntoTable(asked, resolved->schema()));
  }
  QuerySpecification query;
  query.name = request.query_name;
  query.trigger = request.trigger;
  query.configuration = {};
  ARROW_ASSIGN_OR_RAISE(query.output_mode, ParseOutputMode(request.output_mode));
  query.connector = impl_->Connector();
  query.pool = impl_->engine->pool;

  query.sink.format = FormatOf(request, impl_->configuration);
  query.sink.options = Options(request.options);
  if (request.path && !request.path->empty()) query.sink.path = request.path;
  if (!query.sink.path) query.sink.path = query.sink.options.Get("path");
  query.sink.partition_columns = request.partition_columns;
  query.sink.query_name = request.query_name;
  query.sink.output_mode = query.output_mode;
  query.sink.schema = resolved->schema();
  ARROW_ASSIGN_OR_RAISE(query.sink_provider, impl_->SinkFor(request, query.sink.schema));
  if (EqualsIgnoreCase(query.sink.format, "memory") && request.query_name.empty()) {
    return AnalysisError(
        "_LEGACY_ERROR_TEMP_1194",
        "queryName must be specified for memory sink; it names the view that holds the result");
  }
  if (!request.foreach_batch && !request.foreach_row) {
    query.sink_provider = PartitionSinks(
        std::move(query.sink_provider),
        PartitioningOf(*request.input, *query.sink.schema, query.connector.default_parallelism),
        query.pool);
  }
  ARROW_RETURN_NOT_OK(TriggerPolicy::Make(query.trigger).status());
  ARROW_RETURN_NOT_OK(query.sink_provider->CheckStream(query.sink, query.connector));
  ARROW_ASSIGN_OR_RAISE(query.checkpoint_location,
                        CheckpointLocation(request, *query.sink_provider, impl_->configuration,
                                           impl_->engine->random.get()));
  if (impl_->configuration.GetBool("spark.sql.streaming.unsupportedOperationCheck")) {
    ARROW_RETURN_NOT_OK(
        CheckStreamingPlan(*resolved, query.output_mode,
                           impl_->configuration.GetBool(
                               "spark.sql.streaming.statefulOperator.checkCorrectness.enabled")));
  }
  ARROW_RETURN_NOT_OK(
      CheckMemoryRecovery(query.sink, query.checkpoint_location, impl_->storage.get()));

  for (const auto& [key, value] : impl_->configuration.All()) {
    // The number of cores is no wish of the user's: the checkpoint's own value may differ silently.
    if (key == "spark.sql.shuffle.partitions" && !impl_->configuration.IsSet(key)) continue;
    query.configuration[key] = value;
  }
  ARROW_ASSIGN_OR_RAISE(auto optimized, impl_->Optimize(resolved));
  PlannerOptions options;
  options.output_mode = query.output_mode;
  options.streaming = true;
  ARROW_ASSIGN_OR_RAISE(query.plan, PlanPhysically(optimized, options));
  query.logical_plan_text = headrace::ToTreeString(*resolved);
  query.explain_text = "== Physical Plan ==\n" + headrace::ToTreeString(*query.plan);
  query.explain_extended_text = "== Analyzed Logical Plan ==\n" + query.logical_plan_text +
                                "\n== Optimized Logical Plan ==\n" +
                                headrace::ToTreeString(*optimized) + "\n" + query.explain_text;

  const std::string view = request.query_name;
  const SchemaPtr schema = resolved->schema();
  ARROW_ASSIGN_OR_RAISE(auto started, impl_->queries->Start(std::move(query)));
  if (auto table = started->sink_table()) {
    auto scan = std::make_shared<ResolvedPlan>();
    scan->kind = ResolvedKind::kScan;
    scan->source_schema = schema;
    scan->batch_scan = std::move(table);
    scan->relation_id = NextAttributeId();
    for (Attribute column : resolved->output) {
      column.id = NextAttributeId();
      column.qualifier = {view};
      column.watermark_delay_us.reset();
      scan->output.push_back(std::move(column));
    }
    ARROW_RETURN_NOT_OK(impl_->views.Put(view, scan, /*replace=*/true));
  }
  return started;
}

}  // namespace headrace
