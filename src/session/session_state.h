// What a Session holds; shared by the files that implement its parts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "plan/physical_plan.h"
#include "session/session.h"

namespace headrace {

struct Session::Impl {
  Impl(std::shared_ptr<Engine> shared_engine, std::string session_id, std::string version)
      : engine(std::move(shared_engine)),
        id(std::move(session_id)),
        client_version(std::move(version)),
        configuration(client_version),
        queries(QueryManager::Create(engine->clock, engine->random)) {}

  // The session's settings as of now, for one analysis and what follows from it.
  AnalyzerContext Analyzer();
  Result<ResolvedPlanPtr> Optimize(const ResolvedPlanPtr& resolved);
  ConnectorContext Connector();
  InstanceOptions Instance();

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
  Configuration configuration;
  ViewCatalog views;
  std::mutex mutex;
  std::map<std::string, ResolvedPlanPtr> cached;  // by relation id
  std::map<std::string, std::string> artifacts;   // by name
  std::unique_ptr<QueryManager> queries;          // last: its threads use the rest
};

}  // namespace headrace
