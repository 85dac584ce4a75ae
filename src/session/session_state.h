// What a Session holds; shared by the files that implement its parts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "plan/physical_plan.h"
#include "python/data_source.h"
#include "python/listener_worker.h"
#include "session/session.h"
#include "session/session_files.h"
#include "session/table_catalog.h"
#include "storage/storage.h"

namespace headrace {

struct Session::Impl {
  Impl(std::shared_ptr<Engine> shared_engine, std::string session_id, std::string version,
       std::string user)
      : engine(std::move(shared_engine)),
        id(std::move(session_id)),
        client_version(std::move(version)),
        user_id(std::move(user)),
        configuration(client_version, engine->testing),
        connectors(CopyConnectors(*engine->connectors)),
        storage(
            MakeStorage(engine->files, [this] { return StoreSettingsOf(configuration.All()); })),
        tables(storage, engine->clock, &configuration),
        queries(QueryManager::Create(engine->clock, engine->random)) {}

  static ConnectorRegistry CopyConnectors(const ConnectorRegistry& connectors);
  // For those who may outlive the session.
  struct Link {
    std::mutex mutex;
    Impl* impl;  // null once the session has ended
  };

  // The session's settings as of now, for one analysis and what follows from it.
  // `cancellation`: of queries that the analysis runs; or null.
  AnalyzerContext Analyzer(const CancellationToken* cancellation = nullptr);
  Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& resolved);
  ConnectorContext Connector();
  InstanceOptions Instance();
  // Refuses by the name `what` if no Python code of clients may run.
  Result<PythonContextPtr> Python(const std::string& what);
  Result<std::shared_ptr<SinkProvider>> SinkFor(const StreamStart& request,
                                                const SchemaPtr& schema);

  Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan,
                                  const CancellationToken* cancellation = nullptr);
  // Checked to be finite, optimised, planned.
  Result<std::shared_ptr<const PhysicalPlan>> PlanBatch(const ResolvedPlanPtr& plan);
  // All rows of a finite plan; `observed`: filled unless null.
  Result<std::vector<BatchPtr>> Collect(const ResolvedPlanPtr& plan,
                                        const CancellationToken* cancellation,
                                        ObservedRows* observed);
  // Keeps an analysed plan and gives a plan that refers to it.
  LogicalPlanPtr Keep(const std::string& relation_id, ResolvedPlanPtr plan);
  // The catalog that a view's name is about, `global_temp.v` or `v`; null for other databases.
  ViewCatalog* CatalogOf(const std::vector<std::string>& name_parts);

  bool IsTemporaryView(const std::vector<std::string>& name_parts);
  Result<std::optional<LogicalPlanPtr>> FindTable(const std::vector<std::string>& name_parts);
  // What the warehouse has of the name. `views_above`: those within whose query it stands.
  Result<std::optional<LogicalPlanPtr>> FindStored(const std::vector<std::string>& name_parts,
                                                   const std::string& database,
                                                   const std::vector<std::string>& views_above);
  Result<std::optional<LogicalPlanPtr>> FindFiles(const std::vector<std::string>& name_parts);
  // A query that is to be stored: temporary views are refused.
  Result<ResolvedPlanPtr> AnalyzeStored(const LogicalPlanPtr& query, const std::string& database,
                                        const std::vector<std::string>& views_above,
                                        const AnalyzerContext& context);
  // RECURSIVE_VIEW
  Result<ResolvedPlanPtr> AnalyzeView(const TableDescription& view,
                                      std::vector<std::string> views_above);
  std::map<std::string, std::string> ViewConfiguration() const;

  Result<LogicalPlanPtr> RunCatalogOperation(const LogicalPlan& operation);
  Result<LogicalPlanPtr> RunCommand(const Statement& statement,
                                    const CancellationToken* cancellation);
  Result<LogicalPlanPtr> RunSessionCommand(const Statement& statement);

  // Runs a plan that is analysed already, and writes its rows. `asked`: the plan as it was asked
  // for, whose repartition() or coalesce() tells how many files there will be; or null.
  Status WriteRows(const ResolvedPlanPtr& resolved, SinkSpecification sink, SaveMode mode,
                   const CancellationToken* cancellation, ObservedRows* observed,
                   const LogicalPlan* asked = nullptr);
  std::string FormatOrDefault(const std::string& format) const;
  // Takes `path` out of a table's options, or `location`, which may not both be given: such a table
  // is external. Relative paths are below the database's directory.
  Status SetPlace(const std::map<std::string, std::string>& options,
                  const std::optional<std::string>& location, TableDescription* table);
  // toTable(): makes the table if it is absent; gives a start into the table's directory.
  Result<StreamStart> IntoTable(const StreamStart& request, const SchemaPtr& schema);
  Result<std::string> Explain(const LogicalPlanPtr& plan, ExplainMode mode);

  std::shared_ptr<Engine> engine;
  std::string id;
  std::string client_version;
  std::string user_id;
  Configuration configuration;
  ConnectorRegistry connectors;         // the engine's, and what the session registered
  std::shared_ptr<FileSystem> storage;  // by the settings of the moment
  TableCatalog tables;
  ViewCatalog views;
  std::mutex mutex;
  std::map<std::string, ResolvedPlanPtr> cached;  // by relation id
  std::map<std::string, std::string> artifacts;   // by name
  SessionFiles files;
  // By lower-case name.
  std::map<std::string, std::shared_ptr<const PythonFunction>> functions, table_functions;
  std::map<std::string, DataSourceClass> data_sources;  // by lower-case name
  struct Listener {
    int handle = 0;
    std::shared_ptr<ListenerWorker> worker;
  };
  const std::shared_ptr<Link> link = std::make_shared<Link>();
  std::map<std::string, Listener> listeners;  // by the client's id
  std::unique_ptr<QueryManager> queries;      // last: its threads use the rest
};

}  // namespace headrace
