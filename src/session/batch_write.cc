// Session::Write and WriteTable: the rows of a batch query into files, tables and other sinks.

#include <utility>

#include "operators/run_batch_plan.h"
#include "operators/sink_consumer.h"
#include "plan/optimizer.h"
#include "session/catalog_errors.h"
#include "session/partitioned_sink.h"
#include "session/session.h"
#include "session/session_state.h"
#include "session/table_writer.h"

namespace headrace {

std::string Session::Impl::FormatOrDefault(const std::string& format) const {
  return format.empty() ? configuration.Get("spark.sql.sources.default").value_or("parquet")
                        : format;
}

Status Session::Impl::WriteRows(const ResolvedPlanPtr& resolved, SinkSpecification sink_request,
                                SaveMode mode, const CancellationToken* cancellation,
                                ObservedRows* observed, const LogicalPlan* asked) {
  if (headrace::IsStreaming(*resolved)) {
    return AnalysisError(
        "CALL_ON_STREAMING_DATASET_UNSUPPORTED",
        "The method `write` can not be called on a streaming Dataset/DataFrame; use `writeStream`",
        {{"methodName", "`write`"}});
  }
  ARROW_ASSIGN_OR_RAISE(auto optimized, Optimize(resolved));
  ARROW_ASSIGN_OR_RAISE(auto physical, PlanPhysically(optimized, PlannerOptions{}));
  sink_request.schema = physical->schema();
  const ConnectorContext connector = Connector();
  ARROW_ASSIGN_OR_RAISE(auto provider, connectors.FindSink(sink_request.format));
  ARROW_ASSIGN_OR_RAISE(auto sink, provider->OpenBatch(sink_request, mode, connector));
  if (!sink) return Status::OK();  // mode `ignore`, and there is data
  SinkPartitioning partitioning;
  if (asked != nullptr) {
    partitioning = PartitioningOf(*asked, *sink_request.schema, connector.default_parallelism);
  }
  sink = PartitionSink(std::move(sink), std::move(partitioning), engine->pool);

  sink->SetCancellation(cancellation);
  ARROW_RETURN_NOT_OK(sink->Begin(0));
  ObservedRows unasked;
  auto run = [&]() -> Status {
    SinkConsumer consumer(sink.get());
    ARROW_RETURN_NOT_OK(RunBatchPlan(physical, connector, Instance(), cancellation,
                                     engine->clock->now_us(), &consumer,
                                     observed == nullptr ? &unasked : observed));
    ARROW_RETURN_NOT_OK(sink->Prepare(0));
    return sink->Commit(0);
  };
  const Status status = run();
  if (!status.ok()) ARROW_UNUSED(sink->Abort(0));
  return status;
}

Status Session::Write(const WriteRequest& request, const CancellationToken* cancellation,
                      ObservedRows* observed) {
  if (request.table_name) return TableWriter(impl_.get(), cancellation, observed).Save(request);
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(request.input, cancellation));
  SinkSpecification sink;
  sink.format = impl_->FormatOrDefault(request.format);
  sink.options = Options(request.options);
  sink.path = request.path ? request.path : sink.options.Get("path");
  sink.partition_columns = request.partition_columns;
  return impl_->WriteRows(resolved, std::move(sink), request.mode, cancellation, observed,
                          request.input.get());
}

// Spark's session catalog has tables of its first kind only, which take no more than create().
Status Session::WriteTable(const TableWriteRequest& request, const CancellationToken* cancellation,
                           ObservedRows* observed) {
  using Mode = TableWriteRequest::Mode;
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(request.table_name));
  if (request.mode == Mode::kCreate) {
    WriteRequest save;
    save.input = request.input;
    save.format = request.format;
    save.options = request.options;
    save.properties = request.properties;
    save.partition_columns = request.partition_columns;
    save.table_name = request.table_name;
    return TableWriter(impl_.get(), cancellation, observed).Save(save);
  }
  if (request.mode == Mode::kReplace || request.mode == Mode::kCreateOrReplace) {
    return TableOperationUnsupported(parts, "REPLACE TABLE AS SELECT");
  }
  if (impl_->IsTemporaryView(parts)) return TableExpected(parts, "writeTo");
  ARROW_ASSIGN_OR_RAISE(const auto table, impl_->tables.RequireTable(parts, "writeTo"));
  return AnalysisError("_LEGACY_ERROR_TEMP_1012",
                       "writeTo() takes tables that can be changed row by row, and " +
                           QuotedParts(parts) +
                           " is one of files; use write.insertInto or write.saveAsTable",
                       {{"identifier", QuotedParts(parts)}, {"write", "writeTo"}});
}

}  // namespace headrace
