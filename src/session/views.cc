// What names mean: temporary views, tables and views of the warehouse, files named by their path.

#include <algorithm>
#include <utility>

#include "plan/resolved_nodes.h"
#include "session/catalog_errors.h"
#include "session/session_state.h"
#include "sql/parser.h"

namespace headrace {
namespace {

constexpr char kAnsi[] = "spark.sql.ansi.enabled";
constexpr char kZone[] = "spark.sql.session.timeZone";

}  // namespace

ViewCatalog* Session::Impl::CatalogOf(const std::vector<std::string>& name_parts) {
  // `default.t` and `spark_catalog.default.t` never name a temporary view; a single part does.
  if (name_parts.size() == 1) return &views;
  const bool global = name_parts.size() == 2 && EqualsIgnoreCase(name_parts[0], kGlobalDatabase);
  return global ? engine->global_views.get() : nullptr;
}

bool Session::Impl::IsTemporaryView(const std::vector<std::string>& name_parts) {
  const ViewCatalog* catalog = CatalogOf(name_parts);
  return catalog != nullptr && catalog->Find(name_parts.back()) != nullptr;
}

Result<std::optional<LogicalPlanPtr>> Session::Impl::FindTable(
    const std::vector<std::string>& name_parts) {
  const ViewCatalog* catalog = CatalogOf(name_parts);
  if (ResolvedPlanPtr found = catalog == nullptr ? nullptr : catalog->Find(name_parts.back())) {
    // One place for each name: what a view held before it was replaced is not kept.
    const std::string place = (catalog == &views ? "view " : "global view ");
    return std::optional(Keep(place + ToLower(name_parts.back()), std::move(found)));
  }
  return FindStored(name_parts, "", {});
}

Result<std::optional<LogicalPlanPtr>> Session::Impl::FindStored(
    const std::vector<std::string>& name_parts, const std::string& database,
    const std::vector<std::string>& views_above) {
  if (name_parts.size() > 3 ||
      (name_parts.size() == 3 && !EqualsIgnoreCase(name_parts[0], kCatalogName))) {
    return tables.Identify(name_parts).status();
  }
  ARROW_ASSIGN_OR_RAISE(const TableName name, tables.Identify(name_parts, database));
  ARROW_ASSIGN_OR_RAISE(const auto table, tables.Find(name));
  if (!table) return FindFiles(name_parts);
  if (table->is_view()) {
    ARROW_ASSIGN_OR_RAISE(auto plan, AnalyzeView(*table, views_above));
    auto view = std::make_shared<LogicalPlan>(
        *Keep("stored view " + name.database + "." + name.table, std::move(plan)));
    view->name_parts = name.parts();
    return std::optional<LogicalPlanPtr>(std::move(view));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string location, tables.LocationOf(*table));
  return std::optional(ReadOf(*table, location));
}

// `parquet`.`/a/directory`
Result<std::optional<LogicalPlanPtr>> Session::Impl::FindFiles(
    const std::vector<std::string>& name_parts) {
  static constexpr const char* kFormats[] = {"parquet", "json", "csv",       "text",
                                             "orc",     "avro", "binaryfile"};
  if (name_parts.size() != 2) return std::optional<LogicalPlanPtr>();
  const bool files = std::any_of(std::begin(kFormats), std::end(kFormats), [&](const char* format) {
    return EqualsIgnoreCase(name_parts[0], format);
  });
  if (!files) return std::optional<LogicalPlanPtr>();
  auto read = NewLogicalPlan(LogicalKind::kRead);
  read->format = ToLower(name_parts[0]);
  read->paths = {name_parts[1]};
  return std::optional<LogicalPlanPtr>(read);
}

Result<ResolvedPlanPtr> Session::Impl::AnalyzeStored(const LogicalPlanPtr& query,
                                                     const std::string& database,
                                                     const std::vector<std::string>& views_above,
                                                     const AnalyzerContext& context) {
  AnalyzerContext stored = context;
  stored.find_table =
      [this, database, views_above](
          const std::vector<std::string>& name_parts) -> Result<std::optional<LogicalPlanPtr>> {
    if (IsTemporaryView(name_parts)) {
      return AnalysisError("INVALID_TEMP_OBJ_REFERENCE",
                           "A stored view cannot be made over the temporary view " +
                               QuotedParts(name_parts) +
                               ", which ends with the session; make a temporary view",
                           {{"obj", "VIEW"},
                            {"objName", QuotedParts(name_parts)},
                            {"tempObj", "VIEW"},
                            {"tempObjName", QuotedParts(name_parts)}});
    }
    return FindStored(name_parts, database, views_above);
  };
  return headrace::Analyze(query, stored);
}

Result<ResolvedPlanPtr> Session::Impl::AnalyzeView(const TableDescription& view,
                                                   std::vector<std::string> views_above) {
  const std::string name = QuotedParts({kCatalogName, view.database, view.name});
  if (std::find(views_above.begin(), views_above.end(), name) != views_above.end()) {
    return AnalysisError("RECURSIVE_VIEW",
                         "The view " + name + " is defined by itself, through other views",
                         {{"viewIdent", name}, {"newPath", name}});
  }
  views_above.push_back(name);
  AnalyzerContext context = Analyzer();
  ParserOptions options;
  options.zone = context.bind.zone;
  const auto setting = [&](const char* key) -> std::optional<std::string> {
    const auto found = view.view_configuration.find(key);
    return found == view.view_configuration.end() ? std::nullopt : std::optional(found->second);
  };
  if (const auto zone = setting(kZone)) {
    ARROW_ASSIGN_OR_RAISE(context.bind.zone, TimeZone::Find(*zone));
    options.zone = context.bind.zone;
  }
  context.bind.ansi = options.ansi = EqualsIgnoreCase(setting(kAnsi).value_or("true"), "true");
  ARROW_ASSIGN_OR_RAISE(const Statement statement, ParseStatement(view.view_text, options));
  if (!statement.command.empty()) return Status::Invalid("the view ", name, " holds a command");
  auto named = NewLogicalPlan(LogicalKind::kToDf, {statement.query});
  named->names = view.schema->field_names();
  // A temporary view that came to be later does not hide what the view was made over.
  AnalyzerContext stored = context;
  stored.find_table = [this, &view, &views_above](const std::vector<std::string>& name_parts) {
    return FindStored(name_parts, view.view_database, views_above);
  };
  return headrace::Analyze(named, stored);
}

std::map<std::string, std::string> Session::Impl::ViewConfiguration() const {
  std::map<std::string, std::string> values;
  values[kAnsi] = configuration.GetBool(kAnsi) ? "true" : "false";
  if (configuration.IsSet(kZone)) values[kZone] = *configuration.Get(kZone);
  return values;
}

Status Session::CreateTempView(const std::string& name, LogicalPlanPtr plan, bool replace,
                               bool global) {
  ARROW_ASSIGN_OR_RAISE(auto resolved, impl_->Analyze(plan));
  ViewCatalog& catalog = global ? *impl_->engine->global_views : impl_->views;
  return catalog.Put(name, std::move(resolved), replace);
}

}  // namespace headrace
