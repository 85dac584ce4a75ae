// From Spark Connect's relations and expressions to unresolved plans.
//
// Every kind of relation and expression is either translated or refused by name, and so is every
// field (field_check.h). Nothing is executed and no name is looked up: that is analysis.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "connect/messages.h"
#include "plan/group_function.h"
#include "plan/unresolved.h"
#include "sql/parser.h"

namespace headrace {

// What of the session a translation depends on.
struct TranslationContext {
  ParserOptions parser;
  // Blobs that the client uploaded; no value: none of that name.
  std::function<std::optional<std::string>(const std::string& name)> artifact =
      [](const std::string&) { return std::nullopt; };
  // Functions of the program that embeds the engine, by token; null: none of that token.
  std::function<std::shared_ptr<const GroupFunction>(const std::string& token)> group_function =
      [](const std::string&) { return nullptr; };
};

class PlanTranslator {
 public:
  explicit PlanTranslator(TranslationContext context) : context_(std::move(context)) {}

  // Handles plan.root only; `plan` must hold a relation.
  Result<LogicalPlanPtr> Plan(const messages::Plan& plan) const;
  Result<LogicalPlanPtr> Relation(const messages::Relation& message) const;
  Result<UnresolvedPtr> Expression(const messages::Expression& message) const;
  // Named and positional arguments of a SQL text; the older form holds literals only.
  Result<SqlParameters> Parameters(const messages::SQL& message) const;

 private:
  using Node = std::shared_ptr<LogicalPlan>;

  // relation_translator.cc: the dispatch; each below returns a node without plan_id.
  Result<Node> Dispatch(const messages::Relation& message) const;
  Result<Node> Unary(LogicalKind kind, const messages::Relation& input) const;

  // source_relations.cc
  Result<Node> Read(const messages::Read& message) const;
  Result<Node> LocalRelation(const messages::LocalRelation& message) const;
  Result<Node> CachedLocalRelation(const messages::CachedLocalRelation& message) const;
  Result<Node> ChunkedCachedLocalRelation(
      const messages::ChunkedCachedLocalRelation& message) const;
  Result<Node> Range(const messages::Range& message) const;
  Result<Node> Sql(const messages::SQL& message) const;
  Result<Node> WithRelations(const messages::WithRelations& message) const;
  Result<Node> CachedRemoteRelation(const messages::CachedRemoteRelation& message) const;
  Result<Node> Catalog(const messages::Catalog& message) const;
  // createTable, createExternalTable
  template <typename Message>
  Result<Node> CreateTable(const Message& message, Node node) const;

  // column_relations.cc
  Result<Node> Project(const messages::Project& message) const;
  Result<Node> WithColumns(const messages::WithColumns& message) const;
  Result<Node> WithColumnsRenamed(const messages::WithColumnsRenamed& message) const;
  Result<Node> Drop(const messages::Drop& message) const;
  Result<Node> ToDf(const messages::ToDF& message) const;
  Result<Node> ToSchema(const messages::ToSchema& message) const;
  Result<Node> SubqueryAlias(const messages::SubqueryAlias& message) const;
  Result<Node> WithWatermark(const messages::WithWatermark& message) const;
  Result<Node> Unpivot(const messages::Unpivot& message) const;
  Result<Node> FillNa(const messages::NAFill& message) const;
  Result<Node> DropNa(const messages::NADrop& message) const;
  Result<Node> ReplaceNa(const messages::NAReplace& message) const;
  Result<Node> CollectMetrics(const messages::CollectMetrics& message) const;

  // row_relations.cc
  Result<Node> Filter(const messages::Filter& message) const;
  Result<Node> Aggregate(const messages::Aggregate& message) const;
  Result<Node> Sort(const messages::Sort& message) const;
  Result<Node> Join(const messages::Join& message) const;
  Result<Node> SetOperation(const messages::SetOperation& message) const;
  Result<Node> Deduplicate(const messages::Deduplicate& message) const;
  Result<Node> Sample(const messages::Sample& message) const;
  Result<Node> Repartition(const messages::Repartition& message) const;
  Result<Node> RepartitionByExpression(const messages::RepartitionByExpression& message) const;
  Result<Node> Hint(const messages::Hint& message) const;
  Result<Node> ShowString(const messages::ShowString& message) const;
  Result<Node> HtmlString(const messages::HtmlString& message) const;
  template <typename Message>
  Result<Node> Limit(LogicalKind kind, const Message& message, const char* field,
                     int64_t number) const;

  // statistic_relations.cc
  Result<Node> Describe(const messages::StatDescribe& message) const;
  Result<Node> Summary(const messages::StatSummary& message) const;
  Result<Node> Covariance(const messages::StatCov& message) const;
  Result<Node> Correlation(const messages::StatCorr& message) const;
  Result<Node> ApproximateQuantiles(const messages::StatApproxQuantile& message) const;
  Result<Node> CrossTable(const messages::StatCrosstab& message) const;
  Result<Node> FrequentItems(const messages::StatFreqItems& message) const;
  Result<Node> SampleByGroup(const messages::StatSampleBy& message) const;
  Result<Node> Transpose(const messages::Transpose& message) const;
  Result<Node> Statistic(const std::string& name, const messages::Relation& input,
                         std::vector<std::string> columns) const;

  // table_value_relations.cc
  Result<Node> TableValues(const messages::UnresolvedTableValuedFunction& message) const;
  Result<Node> LateralJoin(const messages::LateralJoin& message) const;

  // python_translator.cc
  Result<UnresolvedPtr> PythonCall(const messages::CommonInlineUserDefinedFunction& message) const;
  Result<Node> TableFunction(const messages::CommonInlineUserDefinedTableFunction& message) const;
  Result<UnresolvedPtr> TableArgument(const messages::SubqueryExpression& message) const;
  Result<Node> MapPartitions(const messages::MapPartitions& message) const;
  Result<Node> PythonGroupMap(const messages::GroupMap& message) const;
  Result<Node> CoGroupMap(const messages::CoGroupMap& message) const;
  // group_map_relation.cc
  Result<Node> GroupMap(const messages::GroupMap& message) const;
  Result<Node> PythonTransform(const messages::GroupMap& message) const;
  Result<Node> GroupsWithState(const messages::GroupMap& message, GroupFunctionCall call) const;
  Result<Node> ApplyInPandasWithState(const messages::ApplyInPandasWithState& message) const;

  // expression_translator.cc
  using Messages = google::protobuf::RepeatedPtrField<messages::Expression>;
  Result<std::vector<UnresolvedPtr>> Expressions(const Messages& all) const;
  // Without the place in the program that the client told.
  Result<UnresolvedPtr> BareExpression(const messages::Expression& message) const;
  Result<UnresolvedPtr> Attribute(const messages::Expression::UnresolvedAttribute& message) const;
  Result<UnresolvedPtr> Function(const messages::Expression::UnresolvedFunction& message) const;
  Result<UnresolvedPtr> CallFunction(const messages::CallFunction& message) const;
  Result<UnresolvedPtr> Star(const messages::Expression::UnresolvedStar& message) const;
  Result<UnresolvedPtr> Alias(const messages::Expression::Alias& message) const;
  Result<UnresolvedPtr> Cast(const messages::Expression::Cast& message) const;
  Result<UnresolvedPtr> SortOrder(const messages::Expression::SortOrder& message) const;
  Result<UnresolvedPtr> Lambda(const messages::Expression::LambdaFunction& message) const;
  // window_translator.cc
  UnresolvedPtr RowIndex() const;
  Result<UnresolvedPtr> Window(const messages::Expression::Window& message) const;
  Result<UnresolvedPtr> UpdateFields(const messages::Expression::UpdateFields& message) const;

  TranslationContext context_;
  // Relations that expressions refer to, by their plan ids; null: none.
  const std::map<int64_t, LogicalPlanPtr>* references_ = nullptr;
};

// What a client sends of a function, without its arguments (python_translator.cc).
Result<std::shared_ptr<const PythonFunction>> PythonFunctionFrom(
    const messages::CommonInlineUserDefinedFunction& message);
Result<std::shared_ptr<const PythonFunction>> PythonFunctionFrom(
    const messages::CommonInlineUserDefinedTableFunction& message);

}  // namespace headrace
