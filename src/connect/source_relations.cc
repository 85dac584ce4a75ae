// Relations that rows come from.
#include <algorithm>

#include <google/protobuf/descriptor.h>

#include "connect/arrow_streams.h"
#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/message_bytes.h"
#include "connect/plan_translator.h"
#include "connect/type_messages.h"

namespace headrace {
namespace {

using StringMap = google::protobuf::Map<std::string, std::string>;

Options OptionsOf(const StringMap& map) {
  return Options(std::map<std::string, std::string>(map.begin(), map.end()));
}

// Rows as `schema_text` declares them: types that Arrow already has are taken as they are, others
// are cast, and names are given by position.
Result<std::shared_ptr<LogicalPlan>> LocalPlan(const std::vector<std::string_view>& streams,
                                               const std::optional<std::string>& schema_text) {
  auto node = NewLogicalPlan(LogicalKind::kLocalData);
  for (std::string_view bytes : streams) {
    auto read = ReadArrowStream(bytes);
    if (!read.ok() && ErrorDetail::Get(read.status()) == nullptr) {
      return MakeError(
          ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
          "The rows of a local relation are no Arrow stream: " + read.status().message(),
          {{"errorMsg", read.status().message()}});
    }
    ARROW_ASSIGN_OR_RAISE(auto rows, std::move(read));
    if (node->schema == nullptr) node->schema = rows.schema;
    if (!node->schema->Equals(*rows.schema, /*check_metadata=*/false)) {
      return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LOCAL_RELATION_SCHEMAS",
                       "The parts of a local relation differ in their schemas.");
    }
    node->batches.insert(node->batches.end(), rows.batches.begin(), rows.batches.end());
  }
  if (!schema_text.has_value() || schema_text->empty()) {
    if (node->schema != nullptr) return node;
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LOCAL_RELATION_EMPTY",
                     "A local relation needs rows or a schema.");
  }
  ARROW_ASSIGN_OR_RAISE(auto declared, ParseSchema(*schema_text));
  bool same_types = node->schema == nullptr;
  if (!same_types) {
    if (declared->num_fields() != node->schema->num_fields()) {
      return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LOCAL_RELATION_SCHEMAS",
                       "The schema has " + std::to_string(declared->num_fields()) +
                           " columns, the rows have " + std::to_string(node->schema->num_fields()) +
                           ".");
    }
    same_types = std::equal(declared->fields().begin(), declared->fields().end(),
                            node->schema->fields().begin(),
                            [](const FieldPtr& wanted, const FieldPtr& given) {
                              return wanted->type()->Equals(*given->type()) &&
                                     (wanted->nullable() || !given->nullable());
                            });
  }
  if (same_types) {
    for (auto& batch : node->batches) {
      batch = arrow::RecordBatch::Make(declared, batch->num_rows(), batch->columns());
    }
    node->schema = std::move(declared);
    return node;
  }
  auto named = NewLogicalPlan(LogicalKind::kToDf, {std::move(node)});
  named->names = declared->field_names();
  auto typed = NewLogicalPlan(LogicalKind::kToSchema, {std::move(named)});
  typed->schema = std::move(declared);
  return typed;
}

Status MissingArtifact(const std::string& name) {
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.NOT_FOUND_CACHED_LOCAL_RELATION",
                   "The rows uploaded as " + name + " are not in this session.", {{"hash", name}});
}

// `plan` with the tables named in `views` replaced by plans; shares what is unchanged.
LogicalPlanPtr ReplaceTables(const LogicalPlanPtr& plan,
                             const std::map<std::string, LogicalPlanPtr>& views);

UnresolvedPtr ReplaceTables(const UnresolvedPtr& expression,
                            const std::map<std::string, LogicalPlanPtr>& views) {
  if (expression == nullptr) return expression;
  auto copy = std::make_shared<UnresolvedExpression>(*expression);
  for (auto& child : copy->children) child = ReplaceTables(child, views);
  if (copy->subquery != nullptr) copy->subquery = ReplaceTables(copy->subquery, views);
  return copy;
}

LogicalPlanPtr ReplaceTables(const LogicalPlanPtr& plan,
                             const std::map<std::string, LogicalPlanPtr>& views) {
  if (plan->kind == LogicalKind::kNamedTable && plan->name_parts.size() == 1) {
    auto view = std::find_if(views.begin(), views.end(), [&](const auto& each) {
      return EqualsIgnoreCase(each.first, plan->name_parts.front());
    });
    if (view != views.end()) return view->second;
  }
  auto copy = std::make_shared<LogicalPlan>(*plan);
  for (auto& child : copy->children) child = ReplaceTables(child, views);
  for (auto* list : {&copy->expressions, &copy->groupings, &copy->pivot_values}) {
    for (auto& expression : *list) expression = ReplaceTables(expression, views);
  }
  copy->having = ReplaceTables(copy->having, views);
  return copy;
}

// "list_tables" → "listTables"
std::string CamelCase(const std::string& name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size()) {
      text += static_cast<char>(name[++i] - 'a' + 'A');
    } else {
      text += name[i];
    }
  }
  return text;
}

}  // namespace

Result<PlanTranslator::Node> PlanTranslator::Read(const messages::Read& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"named_table", "data_source", "is_streaming"}));
  if (message.has_named_table()) {
    const auto& table = message.named_table();
    ARROW_RETURN_NOT_OK(CheckFields(table, {"unparsed_identifier", "options"}));
    auto node = NewLogicalPlan(LogicalKind::kNamedTable);
    ARROW_ASSIGN_OR_RAISE(node->name_parts, ParseNameParts(table.unparsed_identifier()));
    node->options = OptionsOf(table.options());
    node->streaming = message.is_streaming();
    return node;
  }
  const auto& source = message.data_source();
  ARROW_RETURN_NOT_OK(CheckFields(source, {"format", "schema", "options", "paths"}));
  auto node = NewLogicalPlan(LogicalKind::kRead);
  node->format = source.format();
  node->schema_text = source.schema();
  node->options = OptionsOf(source.options());
  node->paths.assign(source.paths().begin(), source.paths().end());
  node->streaming = message.is_streaming();
  if (node->streaming && node->paths.size() > 1) {
    return MakeError(ErrorKind::kInvalidPlan,
                     "CONNECT_INVALID_PLAN.MULTIPLE_PATHS_NOT_SUPPORTED_FOR_STREAMING_SOURCE",
                     "A streaming source reads one path; use a glob such as /logs/*/ for several.");
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::LocalRelation(
    const messages::LocalRelation& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"data", "schema"}));
  std::vector<std::string_view> streams;
  if (message.has_data()) streams.push_back(message.data());
  return LocalPlan(
      streams, message.has_schema() ? std::optional<std::string>(message.schema()) : std::nullopt);
}

Result<PlanTranslator::Node> PlanTranslator::CachedLocalRelation(
    const messages::CachedLocalRelation& message) const {
  // Up to 3.4 clients also sent whose session the rows belong to; the blobs are the session's.
  ARROW_RETURN_NOT_OK(CheckFields(message, {"hash"}));
  auto blob = context_.artifact("cache/" + message.hash());
  if (!blob.has_value()) return MissingArtifact(message.hash());
  messages::LocalRelation relation;
  ARROW_RETURN_NOT_OK(ParseMessage(*blob, &relation));
  return LocalRelation(relation);
}

Result<PlanTranslator::Node> PlanTranslator::ChunkedCachedLocalRelation(
    const messages::ChunkedCachedLocalRelation& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"dataHashes", "schemaHash"}));
  std::vector<std::string> blobs;
  for (const auto& hash : message.datahashes()) {
    auto blob = context_.artifact("cache/" + hash);
    if (!blob.has_value()) return MissingArtifact(hash);
    blobs.push_back(std::move(*blob));
  }
  std::optional<std::string> schema;
  if (message.has_schemahash()) {
    schema = context_.artifact("cache/" + message.schemahash());
    if (!schema.has_value()) return MissingArtifact(message.schemahash());
  }
  return LocalPlan({blobs.begin(), blobs.end()}, schema);
}

Result<PlanTranslator::Node> PlanTranslator::Range(const messages::Range& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"start", "end", "step", "num_partitions"}));
  auto node = NewLogicalPlan(LogicalKind::kRange);
  node->start = message.start();
  node->end = message.end();
  node->step = message.step();
  node->partitions = message.num_partitions();
  return node;
}

Result<SqlParameters> PlanTranslator::Parameters(const messages::SQL& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"query", "args", "pos_args", "named_arguments", "pos_arguments"}));
  SqlParameters parameters;
  for (const auto& [name, literal] : message.args()) {
    ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(literal));
    parameters.named[name] = UnresolvedLiteral(std::move(value));
  }
  for (const auto& [name, expression] : message.named_arguments()) {
    ARROW_ASSIGN_OR_RAISE(parameters.named[name], Expression(expression));
  }
  for (const auto& literal : message.pos_args()) {
    ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(literal));
    parameters.positional.push_back(UnresolvedLiteral(std::move(value)));
  }
  for (const auto& each : message.pos_arguments()) {
    ARROW_ASSIGN_OR_RAISE(auto expression, Expression(each));
    parameters.positional.push_back(std::move(expression));
  }
  return parameters;
}

Result<PlanTranslator::Node> PlanTranslator::Sql(const messages::SQL& message) const {
  ARROW_ASSIGN_OR_RAISE(auto parameters, Parameters(message));
  ARROW_ASSIGN_OR_RAISE(auto statement,
                        ParseStatement(message.query(), context_.parser, parameters));
  if (statement.query == nullptr || !statement.command.empty()) {
    return NotSupported("the command " + statement.command + " inside a query",
                        "Run it with spark.sql of its own.");
  }
  // A node of its own: the plan_id belongs to the relation, not to the statement's top node.
  return std::make_shared<LogicalPlan>(*statement.query);
}

Result<PlanTranslator::Node> PlanTranslator::WithRelations(
    const messages::WithRelations& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"root", "references"}));
  std::map<std::string, LogicalPlanPtr> views;
  std::map<int64_t, LogicalPlanPtr> references;
  for (const auto& reference : message.references()) {
    ARROW_ASSIGN_OR_RAISE(auto plan, Relation(reference));
    if (reference.common().has_plan_id()) references[reference.common().plan_id()] = plan;
    if (!reference.has_subquery_alias()) continue;
    views[reference.subquery_alias().alias()] = std::move(plan);
  }
  PlanTranslator inner(context_);
  inner.references_ = &references;
  ARROW_ASSIGN_OR_RAISE(auto root, inner.Relation(message.root()));
  return std::make_shared<LogicalPlan>(*ReplaceTables(root, views));
}

Result<PlanTranslator::Node> PlanTranslator::CachedRemoteRelation(
    const messages::CachedRemoteRelation& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"relation_id"}));
  auto node = NewLogicalPlan(LogicalKind::kCachedRemote);
  node->name = message.relation_id();
  return node;
}

template <typename Message>
Result<PlanTranslator::Node> PlanTranslator::CreateTable(const Message& message, Node node) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"table_name", "path", "source", "description", "schema", "options"}));
  node->names = {message.table_name(), message.path()};
  node->format = message.source();
  if constexpr (requires { message.description(); }) node->schema_text = message.description();
  node->options = OptionsOf(message.options());
  if (message.has_schema()) {
    ARROW_ASSIGN_OR_RAISE(node->schema, SchemaFromMessage(message.schema()));
  }
  return node;
}

// The operations' arguments are texts, given in the order of their fields; "" is an absent one.
Result<PlanTranslator::Node> PlanTranslator::Catalog(const messages::Catalog& message) const {
  const auto* reflection = message.GetReflection();
  const auto* set = reflection->GetOneofFieldDescriptor(
      message, message.GetDescriptor()->FindOneofByName("cat_type"));
  if (set == nullptr) {
    ARROW_RETURN_NOT_OK(CheckFields(message, {}));
    return NotSupported("a catalog operation without content");
  }
  ARROW_RETURN_NOT_OK(CheckFields(message, {set->name()}));
  auto node = NewLogicalPlan(LogicalKind::kCatalog);
  node->name = CamelCase(set->name());
  const auto& operation = reflection->GetMessage(message, set);
  const auto* descriptor = operation.GetDescriptor();
  if (message.has_create_table()) return CreateTable(message.create_table(), std::move(node));
  if (message.has_create_external_table()) {
    return CreateTable(message.create_external_table(), std::move(node));
  }
  ARROW_RETURN_NOT_OK(CheckFields(operation, {"db_name", "pattern", "table_name", "function_name",
                                              "view_name", "path", "catalog_name"}));
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->is_repeated() ||
        field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      continue;
    }
    node->names.push_back(operation.GetReflection()->GetString(operation, field));
  }
  return node;
}

}  // namespace headrace
