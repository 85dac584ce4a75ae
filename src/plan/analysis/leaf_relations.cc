// Relations without input: sources, tables, local data, ranges, kept DataFrames.
#include <utility>

#include "connector/metadata_column.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/fresh_ids.h"

namespace headrace {
namespace {

constexpr char kDefaultFormat[] = "parquet";  // spark.sql.sources.default

Relation Leaf(ResolvedPlanPtr plan) {
  Relation relation;
  relation.plan = std::move(plan);
  return relation;
}

}  // namespace

Result<Relation> RelationResolver::ResolveRead(const LogicalPlanPtr& plan) {
  return ResolveReadOf(plan, *plan);
}

Result<Relation> RelationResolver::ResolveReadOf(const LogicalPlanPtr& plan,
                                                 const LogicalPlan& source) {
  if (!context_->connectors) return NotSupported("reading from sources here");
  SourceSpecification specification;
  specification.format = plan->format.empty() ? kDefaultFormat : plan->format;
  specification.options = plan->options;
  specification.paths = plan->paths;
  if (!plan->schema_text.empty()) {
    ARROW_ASSIGN_OR_RAISE(specification.user_schema, ParseSchema(plan->schema_text));
  }
  ARROW_ASSIGN_OR_RAISE(auto provider, context_->connectors->FindSource(specification.format));
  ARROW_ASSIGN_OR_RAISE(SchemaPtr schema, provider->ResolveSchema(specification, plan->streaming,
                                                                  context_->connector));
  auto scan = std::make_shared<ResolvedPlan>();
  scan->kind = ResolvedKind::kScan;
  scan->streaming = plan->streaming;
  scan->provider = std::move(provider);
  scan->specification = std::move(specification);
  scan->output = AttributesOf(*schema);
  std::vector<Attribute> hidden;
  if (const auto* extra = dynamic_cast<const MetadataColumnProvider*>(scan->provider.get())) {
    arrow::FieldVector whole = schema->fields();
    arrow::FieldVector columns;
    for (const FieldPtr& column : extra->MetadataColumns(scan->specification)) {
      if (FindField(*schema, column->name()) < 0) columns.push_back(column);
    }
    whole.insert(whole.end(), columns.begin(), columns.end());
    hidden = AttributesOf(*arrow::schema(std::move(columns)));
    schema = arrow::schema(std::move(whole));
  }
  scan->source_schema = std::move(schema);
  int64_t& relation_id =
      source.plan_id ? relation_of_plan_id_[*source.plan_id] : relation_of_node_[&source];
  if (relation_id == 0) relation_id = NextAttributeId();
  scan->relation_id = relation_id;
  Relation relation = Leaf(std::move(scan));
  relation.hidden = std::move(hidden);
  return relation;
}

Result<Relation> RelationResolver::ResolveTable(const LogicalPlanPtr& plan) {
  std::optional<LogicalPlanPtr> found;
  if (context_->find_table) {
    ARROW_ASSIGN_OR_RAISE(found, context_->find_table(plan->name_parts));
  }
  const std::string name = QuotedName(plan->name_parts);
  if (!found) {
    return AnalysisError("TABLE_OR_VIEW_NOT_FOUND",
                         "There is no table or view named " + name +
                             ". Check the spelling, or make it first with "
                             "createOrReplaceTempView().",
                         {{"relationName", name}});
  }
  Relation relation;
  if ((*found)->kind == LogicalKind::kRead) {
    // The table's files, read as this reference to it wants.
    auto read = std::make_shared<LogicalPlan>(**found);
    read->streaming = plan->streaming;
    for (const auto& [key, value] : plan->options.values()) read->options.Set(key, value);
    ARROW_ASSIGN_OR_RAISE(relation, ResolveReadOf(read, *plan));
  } else {
    ARROW_ASSIGN_OR_RAISE(relation, Resolve(*found));
  }
  if (plan->streaming && !IsStreaming(*relation.plan)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1175",
                         name +
                             " does not name a stream: the view was made of a batch "
                             "DataFrame. Make it of one that readStream gave.",
                         {{"quoted", name}});
  }
  auto named = std::make_shared<ResolvedPlan>(*relation.plan);
  // What is stored has a catalog and a database, whether they were written or not.
  const auto& qualifier = (*found)->name_parts.empty() ? plan->name_parts : (*found)->name_parts;
  for (Attribute& attribute : named->output) attribute.qualifier = qualifier;
  return Closed(std::move(named));
}

Result<Relation> RelationResolver::ResolveLocalData(const LogicalPlan& plan) {
  SchemaPtr data_schema = plan.batches.empty() ? plan.schema : plan.batches[0]->schema();
  if (!data_schema) {
    return AnalysisError("INVALID_SCHEMA.NON_STRUCT_TYPE",
                         "Local data has neither rows nor a schema.",
                         {{"inputSchema", ""}, {"dataType", ""}});
  }
  auto local = std::make_shared<ResolvedPlan>();
  local->kind = ResolvedKind::kLocalData;
  local->batches = plan.batches;
  local->output = AttributesOf(*data_schema);
  if (!plan.schema || plan.schema == data_schema) return Leaf(std::move(local));
  // The schema that was asked for wins over what the data came with.
  if (plan.schema->num_fields() != data_schema->num_fields()) {
    return AnalysisError(
        "NUM_COLUMNS_MISMATCH",
        "The rows of the local data have " + std::to_string(data_schema->num_fields()) +
            " columns, but the schema names " + std::to_string(plan.schema->num_fields()) + ".",
        {{"operator", "createDataFrame"},
         {"firstNumColumns", std::to_string(plan.schema->num_fields())},
         {"invalidOrdinalNum", "second"},
         {"invalidNumColumns", std::to_string(data_schema->num_fields())}});
  }
  const std::vector<Attribute> wanted = AttributesOf(*plan.schema);
  std::vector<DataTypePtr> types;
  for (const Attribute& attribute : wanted) types.push_back(attribute.type);
  ARROW_ASSIGN_OR_RAISE(auto columns, CastColumns(local->output, types, *context_));
  for (size_t i = 0; i < columns.size(); ++i) columns[i].attribute = wanted[i];
  return Leaf(MakeProject(std::move(local), std::move(columns)));
}

Result<Relation> RelationResolver::ResolveRange(const LogicalPlan& plan) {
  if (plan.step == 0) {
    return IllegalArgument("", "The step of range() may not be 0.");
  }
  auto range = std::make_shared<ResolvedPlan>();
  range->kind = ResolvedKind::kRange;
  range->start = plan.start;
  range->end = plan.end;
  range->step = plan.step;
  range->output = AttributesOf(*arrow::schema({arrow::field("id", arrow::int64(), false)}));
  return Leaf(std::move(range));
}

Result<Relation> RelationResolver::ResolveOneRow() {
  auto one_row = NewLogicalPlan(LogicalKind::kLocalData);
  one_row->batches = {arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector{})};
  return Resolve(one_row);
}

Result<Relation> RelationResolver::ResolveCached(const LogicalPlan& plan) {
  if (!context_->find_cached) return NotSupported("DataFrames kept by the session");
  ARROW_ASSIGN_OR_RAISE(ResolvedPlanPtr cached, context_->find_cached(plan.name));
  // The same DataFrame may stand in a plan twice.
  return Closed(WithFreshIds(cached));
}

Result<Relation> RelationResolver::ResolveCatalog(const LogicalPlanPtr& plan) {
  if (!context_->run_catalog) return NotSupported("catalog operation " + plan->name);
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr answer, context_->run_catalog(*plan));
  return Resolve(answer);
}

}  // namespace headrace
