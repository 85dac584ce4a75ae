// Views in SQL, temporary and stored ones.

#include <set>

#include "session/catalog_errors.h"
#include "session/table_commands.h"
#include "session/table_input.h"

namespace headrace {
namespace {

// Does an expression of the outermost select list have no name of its own?
bool HasUnnamedColumn(const LogicalPlan& plan) {
  switch (plan.kind) {
    case LogicalKind::kProject:
    case LogicalKind::kAggregate:
      for (const auto& expression : plan.expressions) {
        switch (expression->kind) {
          case UnresolvedKind::kAttribute:
          case UnresolvedKind::kAlias:
          case UnresolvedKind::kStar:
          case UnresolvedKind::kExtractValue:
            break;
          default:
            return true;
        }
      }
      return false;
    case LogicalKind::kFilter:
    case LogicalKind::kSort:
    case LogicalKind::kLimit:
    case LogicalKind::kOffset:
    case LogicalKind::kDeduplicate:
    case LogicalKind::kUnion:
    case LogicalKind::kIntersect:
    case LogicalKind::kExcept:
      return !plan.children.empty() && HasUnnamedColumn(*plan.children[0]);
    default:
      return false;
  }
}

FieldPtr WithComment(const FieldPtr& field, const std::optional<std::string>& comment) {
  if (!comment) return field;
  auto parsed = ParseSchema("c INT COMMENT '" + [&] {
    std::string escaped;
    for (const char c : *comment) {
      if (c == '\'' || c == '\\') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }() + "'");
  return parsed.ok() ? field->WithMetadata((*parsed)->field(0)->metadata()) : field;
}

}  // namespace

Status TableCommands::RequireView(const TableDescription& view,
                                  const std::string& operation) const {
  if (view.is_view()) return Status::OK();
  const std::string name = QuotedParts(PartsOf(view));
  return AnalysisError(
      "EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE",
      "'" + operation + "' takes a view, but " + name + " is a table; use ALTER TABLE",
      {{"tableName", name}, {"operation", operation}});
}

Result<LogicalPlanPtr> TableCommands::WithViewColumns(const LogicalPlanPtr& query, size_t width) {
  if (table_.view_columns.empty()) return query;
  if (table_.view_columns.size() != width) {
    return AnalysisError(std::string("CREATE_VIEW_COLUMN_ARITY_MISMATCH.") +
                             (table_.view_columns.size() > width ? "NOT_ENOUGH_DATA_COLUMNS"
                                                                 : "TOO_MANY_DATA_COLUMNS"),
                         "The view " + QuotedParts(statement_.name_parts) + " names " +
                             std::to_string(table_.view_columns.size()) +
                             " columns, its query gives " + std::to_string(width),
                         {{"viewName", QuotedParts(statement_.name_parts)}});
  }
  auto named = NewLogicalPlan(LogicalKind::kToDf, {query});
  for (const auto& [name, comment] : table_.view_columns) named->names.push_back(name);
  return LogicalPlanPtr(named);
}

Result<TableDescription> TableCommands::DescribeView(const TableName& name) {
  if (HasUnnamedColumn(*statement_.query)) {
    return AnalysisError("CREATE_PERMANENT_VIEW_WITHOUT_ALIAS",
                         "A column of the stored view " + QuotedParts(name.parts()) +
                             " has no name of its own; give it one with AS",
                         {{"name", QuotedParts(name.parts())}, {"attr", ""}});
  }
  TableDescription view;
  view.kind = TableKind::kView;
  view.database = name.database;
  view.name = name.table;
  view.view_database = session_->tables.current_database();
  view.view_text = table_.query_text;
  view.view_configuration = session_->ViewConfiguration();
  view.comment = table_.comment;
  view.properties = table_.properties;
  view.created_ms = session_->engine->clock->now_ms();
  ARROW_ASSIGN_OR_RAISE(const auto resolved,
                        session_->AnalyzeStored(statement_.query, view.view_database,
                                                {QuotedParts(name.parts())}, session_->Analyzer()));
  ARROW_RETURN_NOT_OK(WithViewColumns(statement_.query, resolved->output.size()));
  arrow::FieldVector fields = resolved->schema()->fields();
  for (size_t i = 0; i < table_.view_columns.size(); ++i) {
    const auto& [column, comment] = table_.view_columns[i];
    fields[i] = WithComment(fields[i]->WithName(column), comment);
  }
  std::set<std::string> names;
  for (const auto& field : fields) {
    if (!names.insert(ToLower(field->name())).second) return ColumnExists(ToLower(field->name()));
  }
  view.schema = arrow::schema(std::move(fields));
  return view;
}

Status TableCommands::CreateView() {
  ARROW_ASSIGN_OR_RAISE(const TableName name, session_->tables.NewName(statement_.name_parts));
  ARROW_ASSIGN_OR_RAISE(const auto existing, session_->tables.Find(name));
  if (existing && statement_.if_not_exists) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto view, DescribeView(name));
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  if (existing && statement_.replace) {
    if (!existing->is_view()) {
      return AnalysisError(
          "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
          "CREATE OR REPLACE VIEW takes a view, but " + QuotedParts(name.parts()) + " is a table",
          {{"tableName", QuotedParts(name.parts())}, {"operation", "CREATE OR REPLACE VIEW"}});
    }
    return warehouse.PutTable(view);
  }
  const Status created = warehouse.CreateTable(view);
  if (created.IsAlreadyExists()) return TableExists(name.short_parts());
  return created;
}

Status TableCommands::AlterView() {
  const auto& parts = statement_.name_parts;
  if (session_->IsTemporaryView(parts)) {
    ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(statement_.query));
    return session_->CatalogOf(parts)->Put(parts.back(), std::move(resolved), /*replace=*/true);
  }
  ARROW_ASSIGN_OR_RAISE(const auto old, session_->tables.Require(parts));
  ARROW_RETURN_NOT_OK(RequireView(old, "ALTER VIEW … AS"));
  ARROW_ASSIGN_OR_RAISE(auto view, DescribeView(TableName{old.database, old.name}));
  view.comment = old.comment;
  view.properties = old.properties;
  view.created_ms = old.created_ms;
  ARROW_ASSIGN_OR_RAISE(Warehouse warehouse, session_->tables.OpenWarehouse());
  return warehouse.PutTable(view);
}

Status TableCommands::CreateTemporaryView() {
  if (statement_.name_parts.size() > 1) {
    return MakeError(ErrorKind::kParse, "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS",
                     "A temporary view belongs to no database; name it by one part, not " +
                         QuotedParts(statement_.name_parts),
                     {{"actualName", QuotedParts(statement_.name_parts)}});
  }
  ViewCatalog& catalog = statement_.global ? *session_->engine->global_views : session_->views;
  const std::string& name = statement_.name_parts.back();
  ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(statement_.query));
  ARROW_ASSIGN_OR_RAISE(const auto named,
                        WithViewColumns(statement_.query, resolved->output.size()));
  if (named != statement_.query) {
    ARROW_ASSIGN_OR_RAISE(resolved, session_->Analyze(named));
  }
  if (statement_.if_not_exists && catalog.Find(name)) return Status::OK();
  return catalog.Put(name, std::move(resolved), statement_.replace);
}

Status TableCommands::CreateTemporaryViewUsing() {
  auto read = NewLogicalPlan(LogicalKind::kRead);
  read->format = session_->FormatOrDefault(table_.format);
  read->options = Options(table_.options);
  if (table_.columns) read->schema_text = SchemaToJson(*table_.columns);
  ARROW_ASSIGN_OR_RAISE(auto resolved, session_->Analyze(read));
  ViewCatalog& catalog = statement_.global ? *session_->engine->global_views : session_->views;
  const std::string& name = statement_.name_parts.back();
  if (statement_.if_not_exists && catalog.Find(name)) return Status::OK();
  return catalog.Put(name, std::move(resolved), statement_.replace);
}

}  // namespace headrace
