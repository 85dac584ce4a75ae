// Operators that only rename, drop, reorder or requalify columns.
#include <utility>

#include "plan/analysis/reach.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"

namespace headrace {

Result<Relation> RelationResolver::ResolveToDf(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  const std::vector<Attribute>& columns = child.output();
  if (plan.names.size() != columns.size()) {
    return AnalysisError("ASSIGNMENT_ARITY_MISMATCH",
                         "toDF() got " + std::to_string(plan.names.size()) + " names for " +
                             std::to_string(columns.size()) + " columns; each column needs one.",
                         {{"numTarget", std::to_string(columns.size())},
                          {"numExpr", std::to_string(plan.names.size())}});
  }
  std::vector<NamedExpression> renamed;
  for (size_t i = 0; i < columns.size(); ++i) renamed.push_back(Renamed(columns[i], plan.names[i]));
  return Above(child, MakeProject(child.plan, std::move(renamed)));
}

Result<Relation> RelationResolver::ResolveRenameColumns(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  std::vector<NamedExpression> columns = PassThrough(child.output());
  for (const auto& [old_name, new_name] : plan.renames) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (SameName(columns[i].attribute.name, old_name, context_->case_sensitive)) {
        columns[i] = Renamed(child.output()[i], new_name);
      }
    }
  }
  return Above(child, MakeProject(child.plan, std::move(columns)));
}

Result<Relation> RelationResolver::ResolveDrop(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  AttributeSet dropped;
  for (const UnresolvedPtr& expression : plan.expressions) {
    Result<TypedExpression> column = resolver.Resolve(expression);
    if (!column.ok()) {
      // What is not there needs no dropping, unless SQL says so.
      if (IsUnresolvedColumn(column.status()) && plan.name != "DROP") continue;
      return column.status();
    }
    const auto* reference = dynamic_cast<const AttributeReference*>(column->expression.get());
    if (reference) dropped.insert(reference->id());
  }
  std::vector<NamedExpression> kept;
  for (const Attribute& attribute : child.output()) {
    bool drop = dropped.contains(attribute.id);
    for (const std::string& name : plan.names) {
      drop |= SameName(attribute.name, name, context_->case_sensitive);
    }
    if (!drop) kept.push_back(PassThrough(attribute));
  }
  if (kept.size() == child.output().size()) return Passing(child, child.plan);
  return Above(child, MakeProject(child.plan, std::move(kept)));
}

Result<Relation> RelationResolver::ResolveToSchema(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  std::vector<NamedExpression> columns;
  for (const FieldPtr& field : plan.schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto found,
                          FindByName({field->name()}, child.output(), context_->case_sensitive));
    if (!found && !field->nullable()) return UnresolvedColumn({field->name()}, child.output());
    if (found && found->attribute.nullable && !field->nullable()) {
      return AnalysisError("NULLABLE_COLUMN_OR_FIELD",
                           "The column `" + field->name() +
                               "` may be null, but the schema given to to() says NOT NULL.",
                           {{"name", "`" + field->name() + "`"}});
    }
    const ExpressionPtr value =
        found ? ToReference(found->attribute) : MakeLiteral(std::make_shared<arrow::NullScalar>());
    const CastOptions options = context_->bind.cast_options();
    ARROW_RETURN_NOT_OK(CheckCast(*value->type(), *field->type(), options.mode));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr cast, MakeCast(value, field->type(), options));
    const bool same = found && SameType(*value->type(), *field->type());
    columns.push_back(same ? Renamed(found->attribute, field->name())
                           : Computed(std::move(cast), field->name()));
  }
  return Above(child, MakeProject(child.plan, std::move(columns)));
}

Result<Relation> RelationResolver::ResolveAlias(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  auto named = std::make_shared<ResolvedPlan>(*child.plan);
  for (Attribute& attribute : named->output) attribute.qualifier = {plan.name};
  Relation relation = Closed(std::move(named));
  return relation;
}

}  // namespace headrace
