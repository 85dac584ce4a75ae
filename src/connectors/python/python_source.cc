#include <utility>

#include <nlohmann/json.hpp>

#include "connector/cancellable.h"
#include "connectors/python/pushed_filters.h"
#include "connectors/python/python.h"
#include "connectors/python/python_stream.h"
#include "connectors/python/python_tasks.h"

namespace headrace {
namespace {

// What load() was given counts as an option, as for all of Spark's newer sources; keys are told in
// lower case.
DataSourceCalls::Options OptionsOf(const SourceSpecification& specification) {
  DataSourceCalls::Options options;
  for (const auto& [key, value] : specification.options.values()) options[ToLower(key)] = value;
  if (specification.paths.size() == 1) {
    options["path"] = specification.paths.front();
  } else if (!specification.paths.empty()) {
    options["paths"] = nlohmann::json(specification.paths).dump();
  }
  return options;
}

class PythonScan final : public BatchScan, public Cancellable {
 public:
  PythonScan(DataSourceCalls calls, DataSourceInstance instance)
      : calls_(std::move(calls)), instance_(std::move(instance)) {}

  SchemaPtr schema() const override { return instance_.schema; }
  std::string Description() const override { return "python [" + calls_.source().name + "]"; }
  void SetCancellation(const CancellationToken* cancellation) override {
    calls_.set_cancellation(cancellation);
  }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const std::string filters, Filters(request));
    ARROW_ASSIGN_OR_RAISE(const PlannedRead read,
                          filters.empty() ? calls_.PlanRead(instance_, /*streaming=*/false)
                                          : calls_.PlanFilteredRead(instance_, filters));
    return ReadPartitions(calls_, DataSourceTask(calls_, read.command), read.partitions,
                          instance_.schema, request);
  }

 private:
  Result<std::string> Filters(const ScanRequest& request) const {
    ARROW_ASSIGN_OR_RAISE(const bool takes_filters, calls_.TakesFilters());
    return takes_filters ? PushedFilters(request.filters) : "";
  }

  DataSourceCalls calls_;
  const DataSourceInstance instance_;
};

class PythonSourceProvider final : public SourceProvider {
 public:
  PythonSourceProvider(PythonContextMaker python, DataSourceClass source)
      : python_(std::move(python)), source_(std::move(source)) {}

  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(const DataSourceCalls calls, Calls());
    ARROW_ASSIGN_OR_RAISE(const auto instance,
                          calls.Create(OptionsOf(specification), specification.user_schema));
    return instance.schema;
  }

  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr& schema,
                                               const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(DataSourceCalls calls, Calls());
    ARROW_ASSIGN_OR_RAISE(auto instance, Instance(calls, specification, schema));
    return std::make_unique<PythonScan>(std::move(calls), std::move(instance));
  }

  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr& schema, const std::string&,
                                             const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(DataSourceCalls calls, Calls());
    ARROW_ASSIGN_OR_RAISE(auto instance, Instance(calls, specification, schema));
    return MakePythonStream(std::move(calls), std::move(instance));
  }

 private:
  Result<DataSourceCalls> Calls() const {
    ARROW_ASSIGN_OR_RAISE(auto python, python_());
    return DataSourceCalls(std::move(python), source_, nullptr);
  }
  // Made anew from what the plan was analysed with.
  static Result<DataSourceInstance> Instance(const DataSourceCalls& calls,
                                             const SourceSpecification& specification,
                                             const SchemaPtr& schema) {
    ARROW_ASSIGN_OR_RAISE(auto instance,
                          calls.Create(OptionsOf(specification), specification.user_schema));
    instance.schema = schema;
    return instance;
  }

  const PythonContextMaker python_;
  const DataSourceClass source_;
};

}  // namespace

std::shared_ptr<SourceProvider> MakePythonSource(PythonContextMaker python,
                                                 DataSourceClass source) {
  return std::make_shared<PythonSourceProvider>(std::move(python), std::move(source));
}

}  // namespace headrace
