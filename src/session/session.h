// A session: configuration, temp views, artifacts, running operations' data, streaming queries.
//
// The doors (connect/, client/ embedded, cli/ sql) talk to the engine through this class only.
// Thread-safe: several operations of one session run at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "plan/analyzer.h"
#include "plan/group_function.h"
#include "session/configuration.h"
#include "session/view_catalog.h"
#include "sql/parser.h"
#include "streaming/streaming_query.h"

namespace headrace {

// What is shared by all sessions of a process; tests replace parts.
struct Engine {
  std::shared_ptr<Clock> clock = Clock::System();
  std::shared_ptr<FileSystem> files = FileSystem::Local();
  std::shared_ptr<Random> random = Random::System();
  std::shared_ptr<TaskPool> pool = TaskPool::Process();
  ConnectorRegistry* connectors = &ConnectorRegistry::Process();
  std::shared_ptr<ViewCatalog> global_views = std::make_shared<ViewCatalog>();
  std::function<void(const std::string&)> print;  // console sink; null: stdout
  // Functions of the program that embeds the engine, by unguessable tokens; a server has none.
  std::function<std::shared_ptr<const GroupFunction>(const std::string& token)> group_function;
};

struct StreamStart {
  LogicalPlanPtr input;
  std::string format;
  std::map<std::string, std::string> options;
  std::vector<std::string> partition_columns;
  TriggerSpecification trigger;
  std::string output_mode;
  std::string query_name;
  std::optional<std::string> path;
  std::optional<std::string> table_name;
};

struct WriteRequest {
  LogicalPlanPtr input;
  std::string format;
  std::map<std::string, std::string> options;
  std::vector<std::string> partition_columns;
  SaveMode mode = SaveMode::kErrorIfExists;
  std::optional<std::string> path;
  std::optional<std::string> table_name;
};

// What observe() saw while a plan ran: one row for each name.
using ObservedRows = std::map<std::string, BatchPtr>;

enum class ExplainMode { kSimple, kExtended, kCodegen, kCost, kFormatted };

class Session {
 public:
  Session(std::shared_ptr<Engine> engine, std::string session_id, std::string client_version);
  ~Session();  // stops its queries

  const std::string& id() const;
  const std::string& client_version() const;
  Configuration& configuration();
  QueryManager& queries();
  Engine& engine();

  // Analysis.
  Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan);
  Result<SchemaPtr> SchemaOf(const LogicalPlanPtr& plan);
  Result<std::string> Explain(const LogicalPlanPtr& plan, ExplainMode mode);
  Result<std::vector<std::string>> InputFiles(const LogicalPlanPtr& plan);
  Result<DataTypePtr> ParseDdl(const std::string& text);

  // Execution. `schema` is told before the first batch; batches are of any size. Show/html string
  // plans give their one-column table.
  Status Execute(const LogicalPlanPtr& plan, const CancellationToken* cancellation,
                 const std::function<Status(const SchemaPtr&)>& schema,
                 const std::function<Status(const BatchPtr&)>& consume,
                 ObservedRows* observed = nullptr);  // filled unless null
  Status Write(const WriteRequest& request, const CancellationToken* cancellation,
               ObservedRows* observed = nullptr);
  Result<StreamingQueryPtr> StartStream(const StreamStart& request);
  // Commands run at once and give a kLocalData plan; queries come back as a plan, analysed but not
  // executed.
  Result<LogicalPlanPtr> Sql(const std::string& text, const SqlParameters& parameters);
  ParserOptions parser_options() const;

  // Catalog.
  Status CreateTempView(const std::string& name, LogicalPlanPtr plan, bool replace, bool global);

  // Artifacts by name ("cache/<sha256>", "pyfiles/x.py").
  Status PutArtifact(const std::string& name, std::string content);
  std::optional<std::string> GetArtifact(const std::string& name) const;

  // DataFrames kept under an id (localCheckpoint, foreachBatch).
  void PutCached(const std::string& relation_id, ResolvedPlanPtr plan);
  void RemoveCached(const std::string& relation_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headrace
