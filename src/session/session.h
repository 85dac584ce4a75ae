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
#include "python/python_runtime.h"
#include "session/configuration.h"
#include "session/view_catalog.h"
#include "sql/parser.h"
#include "streaming/streaming_query.h"

namespace headrace {

struct DataSourceClass;  // python/data_source.h
class TestControl;       // session/test_control.h

// What is shared by all sessions of a process; tests replace parts.
struct Engine {
  std::shared_ptr<Clock> clock = Clock::System();
  std::shared_ptr<FileSystem> files = FileSystem::Local();
  std::shared_ptr<Random> random = Random::System();
  std::shared_ptr<TaskPool> pool = TaskPool::Process();
  ConnectorRegistry* connectors = &ConnectorRegistry::Process();
  std::shared_ptr<ViewCatalog> global_views = std::make_shared<ViewCatalog>();
  std::function<void(const std::string&)> print;  // console sink; null: stdout
  std::shared_ptr<PythonRuntime> python = std::make_shared<PythonRuntime>();
  std::shared_ptr<TestControl> testing;  // null: the engine is not for tests
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
  // In place of a format.
  std::optional<PythonFunction> foreach_batch, foreach_row;
};

struct WriteRequest {
  LogicalPlanPtr input;
  std::string format;
  std::map<std::string, std::string> options;
  std::vector<std::string> partition_columns;
  SaveMode mode = SaveMode::kErrorIfExists;
  std::optional<std::string> path;
  std::optional<std::string> table_name;
  bool insert_into = false;                       // with table_name: by position
  std::map<std::string, std::string> properties;  // of a table that is made
};

// df.writeTo(table)…
struct TableWriteRequest {
  enum class Mode {
    kCreate,
    kReplace,
    kCreateOrReplace,
    kAppend,
    kOverwrite,
    kOverwritePartitions
  };
  LogicalPlanPtr input;
  std::string table_name;
  Mode mode = Mode::kCreate;
  std::string format;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> properties;
  std::vector<std::string> partition_columns;
};

// What observe() saw while a plan ran: one row for each name.
using ObservedRows = std::map<std::string, BatchPtr>;

enum class ExplainMode { kSimple, kExtended, kCodegen, kCost, kFormatted };

class Session {
 public:
  struct Impl;  // session_state.h

  // `user_id`: under which workers reach this session again.
  Session(std::shared_ptr<Engine> engine, std::string session_id, std::string client_version,
          std::string user_id = "");
  ~Session();  // stops its queries

  const std::string& id() const;
  const std::string& client_version() const;
  Configuration& configuration();
  QueryManager& queries();
  Engine& engine();

  // For a session that holds nothing yet: the other's settings, temporary views, functions, data
  // sources, artifacts and current database.
  Status CopyFrom(Session& other);

  // Analysis.
  Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan);
  Result<SchemaPtr> SchemaOf(const LogicalPlanPtr& plan);
  Result<std::string> Explain(const LogicalPlanPtr& plan, ExplainMode mode);
  // plan/canonical_text.h
  Result<std::string> CanonicalText(const LogicalPlanPtr& plan);
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
  Status WriteTable(const TableWriteRequest& request, const CancellationToken* cancellation,
                    ObservedRows* observed = nullptr);
  Result<StreamingQueryPtr> StartStream(const StreamStart& request);
  // Commands run at once and give a kLocalData plan; queries come back as a plan, analysed but not
  // executed.
  Result<LogicalPlanPtr> Sql(const std::string& text, const SqlParameters& parameters,
                             const CancellationToken* cancellation = nullptr);
  ParserOptions parser_options() const;

  // Under its name, in place of what had the name before (spark.udf.register).
  Status RegisterFunction(std::shared_ptr<const PythonFunction> function);

  // Under its name, behind the formats that are built in, in place of what had the name before
  // (spark.dataSource.register).
  Status RegisterDataSource(const DataSourceClass& source);

  // StreamingQueryListeners of 3.5 clients, by the ids that they chose.
  Status AddListener(const std::string& id, const PythonFunction& listener);
  void RemoveListener(const std::string& id);
  std::vector<std::string> ListenerIds() const;

  // Catalog.
  Status CreateTempView(const std::string& name, LogicalPlanPtr plan, bool replace, bool global);

  // Artifacts by name ("cache/<sha256>", "pyfiles/x.py").
  Status PutArtifact(const std::string& name, std::string content);
  std::optional<std::string> GetArtifact(const std::string& name) const;

  // Runs the plan and keeps its rows until they are removed or the session ends; their id.
  Result<std::string> Checkpoint(const LogicalPlanPtr& plan, const CancellationToken* cancellation,
                                 ObservedRows* observed);
  // DataFrames kept under an id (checkpoint, foreachBatch).
  void PutCached(const std::string& relation_id, ResolvedPlanPtr plan);
  void RemoveCached(const std::string& relation_id);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace headrace
