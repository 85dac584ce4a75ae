// Session: analysis and batch execution. stream_start.cc starts streams, batch_write.cc writes.

#include "session/session.h"

#include <set>
#include <utility>

#include "connectors/python/python.h"
#include "operators/python_state/python_group_function.h"
#include "operators/run_batch_plan.h"
#include "plan/canonical_text.h"
#include "plan/optimizer.h"
#include "plan/session_values.h"
#include "plan/streaming_checks.h"
#include "python/table_call.h"
#include "session/session_state.h"
#include "storage/storage.h"
#include "types/value_text.h"

namespace headrace {
namespace {

std::shared_ptr<const TimeZone> ZoneOf(const Configuration& configuration) {
  auto zone = TimeZone::Find(configuration.Get("spark.sql.session.timeZone").value_or("UTC"));
  return zone.ok() ? *zone : TimeZone::Utc();
}

// A table of one text in one row, as `show_string` and `html_string` answer.
Status GiveText(const std::string& column, const std::string& text,
                const std::function<Status(const SchemaPtr&)>& schema,
                const std::function<Status(const BatchPtr&)>& consume) {
  auto table_schema = arrow::schema({arrow::field(column, arrow::utf8(), /*nullable=*/false)});
  ARROW_RETURN_NOT_OK(schema(table_schema));
  ARROW_ASSIGN_OR_RAISE(auto values, arrow::MakeArrayFromScalar(arrow::StringScalar(text), 1));
  return consume(arrow::RecordBatch::Make(table_schema, 1, {values}));
}

}  // namespace

Session::Session(std::shared_ptr<Engine> engine, std::string session_id, std::string client_version,
                 std::string user_id)
    : impl_(std::make_unique<Impl>(std::move(engine), std::move(session_id),
                                   std::move(client_version), std::move(user_id))) {
  impl_->link->impl = impl_.get();
}

Session::~Session() {
  {
    std::lock_guard lock(impl_->link->mutex);
    impl_->link->impl = nullptr;
  }
  impl_->queries->StopAll();
  impl_->engine->python->pool().CloseSession(impl_->id);
}

const std::string& Session::id() const { return impl_->id; }
const std::string& Session::client_version() const { return impl_->client_version; }
Configuration& Session::configuration() { return impl_->configuration; }
QueryManager& Session::queries() { return *impl_->queries; }
Engine& Session::engine() { return *impl_->engine; }

ConnectorRegistry Session::Impl::CopyConnectors(const ConnectorRegistry& connectors) {
  ConnectorRegistry copy;
  for (const std::string& format : connectors.SourceFormats()) {
    copy.AddSource(format, connectors.FindSource(format).ValueOrDie());
  }
  for (const std::string& format : connectors.SinkFormats()) {
    copy.AddSink(format, connectors.FindSink(format).ValueOrDie());
  }
  return copy;
}

ConnectorContext Session::Impl::Connector() {
  ConnectorContext context;
  context.clock = engine->clock;
  context.random = engine->random;
  context.session_zone = ZoneOf(configuration);
  context.default_parallelism = engine->pool->thread_count();
  context.print = engine->print;
  // A copy: what the session sets later does not reach what runs now.
  auto all = configuration.All();
  all[kCurrentDatabaseKey] = tables.current_database();
  context.files =
      MakeStorage(engine->files, [settings = StoreSettingsOf(all)] { return settings; });
  auto values = std::make_shared<const std::map<std::string, std::string>>(std::move(all));
  context.configuration = [values](const std::string& key) -> std::optional<std::string> {
    const auto found = values->find(key);
    return found == values->end() ? std::nullopt : std::optional(found->second);
  };
  return context;
}

AnalyzerContext Session::Impl::Analyzer(const CancellationToken* cancellation) {
  AnalyzerContext context;
  context.connectors = &connectors;
  context.bind.ansi = configuration.GetBool("spark.sql.ansi.enabled");
  context.bind.zone = ZoneOf(configuration);
  context.bind.spark_version = client_version;
  context.connector = Connector();
  context.case_sensitive = configuration.GetBool("spark.sql.caseSensitive");
  context.find_table = [this](const std::vector<std::string>& name_parts) {
    return FindTable(name_parts);
  };
  context.find_cached = [this](const std::string& relation_id) -> Result<ResolvedPlanPtr> {
    std::lock_guard lock(mutex);
    const auto found = cached.find(relation_id);
    if (found != cached.end()) return found->second;
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND",
                     "There is no DataFrame " + relation_id +
                         " in this session; it was removed, or belongs to another session",
                     {{"dfId", relation_id}});
  };
  context.python = [this](const std::string& what) { return Python(what); };
  context.python_group_function = [this](std::shared_ptr<const PythonFunction> function)
      -> Result<std::shared_ptr<const GroupFunction>> {
    ARROW_ASSIGN_OR_RAISE(auto python, Python("the function " + function->name + " over groups"));
    return MakePythonGroupFunction(std::move(function), std::move(python));
  };
  context.run_catalog = [this](const LogicalPlan& operation) {
    return RunCatalogOperation(operation);
  };
  context.run_query = [this, cancellation](const ResolvedPlanPtr& plan) {
    return Collect(plan, cancellation, /*observed=*/nullptr);
  };
  return context;
}

InstanceOptions Session::Impl::Instance() {
  InstanceOptions options;
  options.pool = engine->pool;
  options.shuffle_partitions =
      static_cast<int>(configuration.GetInt("spark.sql.shuffle.partitions"));
  return options;
}

Result<ResolvedPlanPtr> Session::Impl::Analyze(const LogicalPlanPtr& plan,
                                               const CancellationToken* cancellation) {
  return headrace::Analyze(plan, Analyzer(cancellation));
}

Result<ResolvedPlanPtr> Session::Impl::Optimize(const ResolvedPlanPtr& resolved) {
  const AnalyzerContext context = Analyzer();
  return headrace::Optimize(resolved, &context.bind);
}

Result<std::shared_ptr<const PhysicalPlan>> Session::Impl::PlanBatch(const ResolvedPlanPtr& plan) {
  ARROW_RETURN_NOT_OK(CheckBatchPlan(*plan));
  ARROW_ASSIGN_OR_RAISE(auto optimized, Optimize(plan));
  return PlanPhysically(optimized, PlannerOptions{});
}

Result<std::vector<BatchPtr>> Session::Impl::Collect(const ResolvedPlanPtr& plan,
                                                     const CancellationToken* cancellation,
                                                     ObservedRows* observed) {
  ARROW_ASSIGN_OR_RAISE(auto physical, PlanBatch(plan));
  std::vector<BatchPtr> rows;
  ObservedRows unasked;
  ARROW_RETURN_NOT_OK(RunBatchPlan(
      physical, Connector(), Instance(), cancellation, engine->clock->now_us(),
      [&rows](const BatchPtr& batch) {
        rows.push_back(batch);
        return Status::OK();
      },
      observed == nullptr ? &unasked : observed));
  return rows;
}

Result<ResolvedPlanPtr> Session::Analyze(const LogicalPlanPtr& plan) {
  return impl_->Analyze(plan);
}

Result<SchemaPtr> Session::SchemaOf(const LogicalPlanPtr& plan) {
  if (plan->kind == LogicalKind::kShowString || plan->kind == LogicalKind::kHtmlString) {
    ARROW_RETURN_NOT_OK(impl_->Analyze(plan->children[0]));
    return arrow::schema(
        {arrow::field(plan->kind == LogicalKind::kShowString ? "show_string" : "html_string",
                      arrow::utf8(), false)});
  }
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan));
  return resolved->schema();
}

Result<std::string> Session::Impl::Explain(const LogicalPlanPtr& plan, ExplainMode mode) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, Analyze(plan));
  ARROW_ASSIGN_OR_RAISE(auto optimized, Optimize(resolved));
  PlannerOptions options;
  options.streaming = headrace::IsStreaming(*optimized);
  ARROW_ASSIGN_OR_RAISE(auto physical, PlanPhysically(optimized, options));
  std::string text;
  if (mode == ExplainMode::kExtended || mode == ExplainMode::kCost) {
    text += "== Analyzed Logical Plan ==\n";
    const auto schema = resolved->schema();
    for (int i = 0; i < schema->num_fields(); ++i) {
      text += (i == 0 ? "" : ", ") + schema->field(i)->name() + ": " +
              SimpleString(*schema->field(i)->type());
    }
    text += "\n" + headrace::ToTreeString(*resolved) + "\n== Optimized Logical Plan ==\n" +
            headrace::ToTreeString(*optimized) + "\n";
  }
  return text + "== Physical Plan ==\n" + headrace::ToTreeString(*physical);
}

Result<std::string> Session::Explain(const LogicalPlanPtr& plan, ExplainMode mode) {
  if (mode == ExplainMode::kCodegen) {
    return NotSupported("explain(mode=\"codegen\")",
                        "the engine generates no code; use mode=\"extended\"");
  }
  return impl_->Explain(plan, mode);
}

Result<std::string> Session::CanonicalText(const LogicalPlanPtr& plan) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan));
  return headrace::CanonicalText(*resolved);
}

Result<std::vector<std::string>> Session::InputFiles(const LogicalPlanPtr& plan) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan));
  ARROW_ASSIGN_OR_RAISE(auto physical, impl_->PlanBatch(resolved));
  std::vector<std::string> files;
  std::set<std::string> named;  // a file may be read in several places
  for (const PhysicalScan& scan : physical->scans) {
    std::shared_ptr<BatchScan> relation = scan.batch_scan;
    if (!relation) {
      ARROW_ASSIGN_OR_RAISE(
          relation,
          scan.provider->OpenBatch(scan.specification, scan.source_schema, impl_->Connector()));
    }
    for (std::string& file : relation->InputFiles()) {
      if (named.insert(file).second) files.push_back(std::move(file));
    }
  }
  return files;
}

Result<DataTypePtr> Session::ParseDdl(const std::string& text) { return ParseDdlType(text); }

ParserOptions Session::parser_options() const {
  ParserOptions options;
  options.ansi = impl_->configuration.GetBool("spark.sql.ansi.enabled");
  options.double_quoted_identifiers =
      impl_->configuration.GetBool("spark.sql.doubleQuotedIdentifiers");
  options.zone = ZoneOf(impl_->configuration);
  auto look_up = [impl = impl_.get()](auto functions) {
    return [impl, functions](const std::string& name) {
      std::lock_guard lock(impl->mutex);
      const auto found = (impl->*functions).find(ToLower(name));
      return found == (impl->*functions).end() ? nullptr : found->second;
    };
  };
  options.registered = look_up(&Impl::functions);
  options.registered_table = look_up(&Impl::table_functions);
  return options;
}

Status Session::Execute(const LogicalPlanPtr& plan, const CancellationToken* cancellation,
                        const std::function<Status(const SchemaPtr&)>& schema,
                        const std::function<Status(const BatchPtr&)>& consume,
                        ObservedRows* observed) {
  const bool show = plan->kind == LogicalKind::kShowString,
             html = plan->kind == LogicalKind::kHtmlString;
  if (show || html) {
    // One row more than is shown tells whether there are more.
    auto limited = NewLogicalPlan(LogicalKind::kLimit, {plan->children[0]});
    limited->number = plan->number + 1;
    SchemaPtr table_schema;
    std::vector<BatchPtr> rows;
    ARROW_RETURN_NOT_OK(Execute(
        limited, cancellation,
        [&](const SchemaPtr& inner) {
          table_schema = inner;
          return Status::OK();
        },
        [&](const BatchPtr& batch) {
          rows.push_back(batch);
          return Status::OK();
        },
        observed));
    const auto zone = ZoneOf(impl_->configuration);
    return show ? GiveText("show_string",
                           ShowString(*table_schema, rows, plan->number, plan->truncate,
                                      plan->vertical, *zone),
                           schema, consume)
                : GiveText("html_string",
                           HtmlString(*table_schema, rows, plan->number, plan->truncate, *zone),
                           schema, consume);
  }
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan, cancellation));
  ARROW_ASSIGN_OR_RAISE(auto physical, impl_->PlanBatch(resolved));
  ARROW_RETURN_NOT_OK(schema(physical->schema()));
  ObservedRows unasked;
  return RunBatchPlan(physical, impl_->Connector(), impl_->Instance(), cancellation,
                      impl_->engine->clock->now_us(), consume,
                      observed == nullptr ? &unasked : observed);
}

Status Session::PutArtifact(const std::string& name, std::string content) {
  for (size_t at = 0; at != std::string::npos;) {
    const size_t end = name.find('/', at);
    const std::string part = name.substr(at, end == std::string::npos ? end : end - at);
    if (part == ".." || part.empty()) {
      return IllegalArgument(
          "", "The artifact name '" + name + "' is not allowed; use a relative path without '..'");
    }
    at = end == std::string::npos ? end : end + 1;
  }
  if (GetArtifact(name) == content) return Status::OK();  // it comes again as it is
  if (name.starts_with("pyfiles/") || name.starts_with("archives/")) {
    ARROW_RETURN_NOT_OK(impl_->engine->python->CheckAllowed("the artifact " + name));
  }
  const std::string interpreter = impl_->configuration.Get("spark.pyspark.python")
                                      .value_or(impl_->engine->python->default_interpreter());
  ARROW_RETURN_NOT_OK(impl_->files.Put(name, content, interpreter));
  std::lock_guard lock(impl_->mutex);
  impl_->artifacts[name] = std::move(content);
  return Status::OK();
}

std::optional<std::string> Session::GetArtifact(const std::string& name) const {
  std::lock_guard lock(impl_->mutex);
  const auto found = impl_->artifacts.find(name);
  return found == impl_->artifacts.end() ? std::nullopt : std::optional(found->second);
}

Status Session::RegisterFunction(std::shared_ptr<const PythonFunction> function) {
  ARROW_RETURN_NOT_OK(
      impl_->engine->python->CheckAllowed("registering the Python function " + function->name));
  std::lock_guard lock(impl_->mutex);
  auto& functions = MakesTable(function->evaluation) ? impl_->table_functions : impl_->functions;
  functions[ToLower(function->name)] = std::move(function);
  return Status::OK();
}

Status Session::RegisterDataSource(const DataSourceClass& source) {
  ARROW_RETURN_NOT_OK(
      impl_->engine->python->CheckAllowed("registering the Python data source " + source.name));
  const ConnectorRegistry& built_in = *impl_->engine->connectors;
  if (built_in.FindSource(source.name).ok() || built_in.FindSink(source.name).ok()) {
    return AnalysisError(
        "DATA_SOURCE_ALREADY_EXISTS",
        "The format " + source.name + " is built in; give the data source another name.",
        {{"provider", source.name}});
  }
  // A global view over the source may outlive the session.
  PythonContextMaker python = [link = impl_->link,
                               name = source.name]() -> Result<PythonContextPtr> {
    std::lock_guard lock(link->mutex);
    if (link->impl != nullptr) return link->impl->Python("the Python data source " + name);
    return MakeError(ErrorKind::kSpark, "DATA_SOURCE_NOT_FOUND",
                     "The session that registered the data source " + name + " has ended.",
                     {{"provider", name}});
  };
  impl_->connectors.AddSource(source.name, MakePythonSource(python, source));
  impl_->connectors.AddSink(source.name, MakePythonSink(python, source));
  std::lock_guard lock(impl_->mutex);
  impl_->data_sources[ToLower(source.name)] = source;
  return Status::OK();
}

}  // namespace headrace
