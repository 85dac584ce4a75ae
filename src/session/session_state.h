// What a Session holds; shared by the files that implement its parts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "plan/physical_plan.h"
#include "python/listener_worker.h"
#include "session/session.h"
#include "session/session_files.h"

namespace headrace {

struct Session::Impl {
  Impl(std::shared_ptr<Engine> shared_engine, std::string session_id, std::string version,
       std::string user)
      : engine(std::move(shared_engine)),
        id(std::move(session_id)),
        client_version(std::move(version)),
        user_id(std::move(user)),
        configuration(client_version),
        queries(QueryManager::Create(engine->clock, engine->random)) {}

  // The session's settings as of now, for one analysis and what follows from it.
  AnalyzerContext Analyzer();
  Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& resolved);
  ConnectorContext Connector();
  InstanceOptions Instance();
  // Refuses by the name `what` if no Python code of clients may run.
  Result<PythonContextPtr> Python(const std::string& what);
  Result<std::shared_ptr<SinkProvider>> SinkFor(const StreamStart& request,
                                                const SchemaPtr& schema);

  Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan);
  // Analysed, checked to be finite, optimised, planned.
  Result<std::shared_ptr<const PhysicalPlan>> PlanBatch(const LogicalPlanPtr& plan);
  // Keeps an analysed plan and gives a plan that refers to it.
  LogicalPlanPtr Keep(const std::string& relation_id, ResolvedPlanPtr plan);
  // The catalog that a view's name is about, `global_temp.v` or `v`; null for other databases.
  ViewCatalog* CatalogOf(const std::vector<std::string>& name_parts);

  Result<std::optional<LogicalPlanPtr>> FindTable(const std::vector<std::string>& name_parts);
  Result<LogicalPlanPtr> RunCatalogOperation(const LogicalPlan& operation);
  Result<LogicalPlanPtr> RunCommand(const Statement& statement);
  Result<std::string> Explain(const LogicalPlanPtr& plan, ExplainMode mode);

  std::shared_ptr<Engine> engine;
  std::string id;
  std::string client_version;
  std::string user_id;
  Configuration configuration;
  ViewCatalog views;
  std::mutex mutex;
  std::map<std::string, ResolvedPlanPtr> cached;  // by relation id
  std::map<std::string, std::string> artifacts;   // by name
  SessionFiles files;
  std::map<std::string, std::shared_ptr<const PythonFunction>> functions;  // by lower-case name
  struct Listener {
    int handle = 0;
    std::shared_ptr<ListenerWorker> worker;
  };
  std::map<std::string, Listener> listeners;  // by the client's id
  std::unique_ptr<QueryManager> queries;      // last: its threads use the rest
};

}  // namespace headrace
