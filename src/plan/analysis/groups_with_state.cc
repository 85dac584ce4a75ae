// flatMapGroupsWithState() and transformWithState(): the columns that groups are told apart by.
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/group_function.h"

namespace headrace {
namespace {

struct GroupedInput {
  ResolvedPlanPtr plan;  // the relation's columns, then the keys that are computed
  std::vector<Attribute> keys;
};

// A field becomes a column of its name, so there may be no other.
Status CheckField(const Relation& relation, const UnresolvedPtr& grouping,
                  const AnalyzerContext* context) {
  ARROW_ASSIGN_OR_RAISE(const TypedExpression key,
                        ExpressionResolver(context, {&relation}).Resolve(grouping));
  if (dynamic_cast<const AttributeReference*>(key.expression.get())) return Status::OK();
  const std::string& name = grouping->name_parts.back();
  for (const Attribute& column : relation.output()) {
    if (SameName(column.name, name, context->case_sensitive)) {
      return AmbiguousReference({name}, {&column, &column});
    }
  }
  return Status::OK();
}

// Functions of Python programs are grouped by columns, and an alias is taken for the name of one,
// as in Spark: what is computed has to be a column first.
Result<std::vector<UnresolvedPtr>> ColumnsOnly(const Relation& relation,
                                               const std::vector<UnresolvedPtr>& groupings,
                                               const AnalyzerContext* context) {
  std::vector<UnresolvedPtr> columns;
  for (const UnresolvedPtr& grouping : groupings) {
    if (grouping->kind == UnresolvedKind::kAttribute) {
      ARROW_RETURN_NOT_OK(CheckField(relation, grouping, context));
      columns.push_back(grouping);
    } else if (grouping->kind == UnresolvedKind::kAlias) {
      columns.push_back(UnresolvedAttribute({grouping->aliases[0]}));
    } else {
      ARROW_ASSIGN_OR_RAISE(const TypedExpression key,
                            ExpressionResolver(context, {&relation}).Resolve(grouping));
      return UnresolvedColumn({key.text}, relation.output());
    }
  }
  return columns;
}

Result<GroupedInput> GroupBy(const Relation& relation, const std::vector<UnresolvedPtr>& groupings,
                             const AnalyzerContext* context) {
  ExpressionResolver resolver(context, {&relation});
  std::vector<NamedExpression> columns = PassThrough(relation.output());
  const size_t passed = columns.size();
  GroupedInput input;
  for (const UnresolvedPtr& grouping : groupings) {
    const UnresolvedPtr& key =
        grouping->kind == UnresolvedKind::kAlias ? grouping->children[0] : grouping;
    ARROW_ASSIGN_OR_RAISE(const TypedExpression resolved, resolver.Resolve(key));
    const auto* reference = dynamic_cast<const AttributeReference*>(resolved.expression.get());
    const Attribute* column =
        reference ? FindAttribute(relation.output(), reference->id()) : nullptr;
    if (column == nullptr || grouping != key) {
      columns.push_back(Computed(resolved.expression, OutputName(*grouping, resolved.text)));
      column = &columns.back().attribute;
    }
    input.keys.push_back(*column);
  }
  input.plan =
      columns.size() == passed ? relation.plan : MakeProject(relation.plan, std::move(columns));
  return input;
}

SchemaPtr SchemaOf(const std::vector<Attribute>& attributes) {
  arrow::FieldVector fields;
  for (const Attribute& attribute : attributes) {
    fields.push_back(arrow::field(attribute.name, attribute.type, attribute.nullable));
  }
  return arrow::schema(std::move(fields));
}

const Attribute* FindTagged(const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    if (attribute.watermark_delay_us) return &attribute;
  }
  return nullptr;
}

std::vector<int64_t> IdsInOrder(const std::vector<Attribute>& attributes) {
  std::vector<int64_t> ids;
  for (const Attribute& attribute : attributes) ids.push_back(attribute.id);
  return ids;
}

std::vector<int> PositionsAmong(const std::vector<Attribute>& columns,
                                const std::vector<Attribute>& keys) {
  std::vector<int> positions;
  for (const Attribute& key : keys) {
    int position = -1;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].id == key.id) position = static_cast<int>(i);
    }
    positions.push_back(position);
  }
  return positions;
}

// What the function gives has nothing in common with its input but, where it is named, the
// watermark.
Result<std::vector<Attribute>> OutputOf(const GroupFunctionCall& call, const Attribute* tagged) {
  std::vector<Attribute> output;
  bool found = false;
  for (const FieldPtr& field : call.output_schema->fields()) {
    Attribute attribute;
    attribute.id = NextAttributeId();
    attribute.name = field->name();
    attribute.type = field->type();
    attribute.nullable = field->nullable();
    if (!call.event_time_column.empty() && field->name() == call.event_time_column) {
      found = true;
      if (field->type()->id() != arrow::Type::TIMESTAMP) {
        return AnalysisError("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                             "The event time `" + field->name() + "` is " +
                                 SqlName(*field->type()) +
                                 ", but it must be TIMESTAMP or TIMESTAMP_NTZ.",
                             {{"eventName", "\"" + field->name() + "\""},
                              {"eventType", "\"" + SqlName(*field->type()) + "\""}});
      }
      attribute.watermark_delay_us = tagged->watermark_delay_us;
    }
    output.push_back(std::move(attribute));
  }
  if (!call.event_time_column.empty() && !found) {
    return AnalysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                         "The output of " + call.name + " has no column `" +
                             call.event_time_column + "` to be the event time.",
                         {{"objectName", "`" + call.event_time_column + "`"},
                          {"proposal", "`" + output[0].name + "`"}});
  }
  return output;
}

}  // namespace

Result<Relation> RelationResolver::ResolveGroupsWithState(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation child, ResolveChild(plan));
  const auto group = [&](const Relation& relation,
                         std::vector<UnresolvedPtr> groupings) -> Result<GroupedInput> {
    if (plan.python != nullptr) {
      ARROW_ASSIGN_OR_RAISE(groupings, ColumnsOnly(relation, groupings, context_));
    }
    return GroupBy(relation, groupings, context_);
  };
  ARROW_ASSIGN_OR_RAISE(GroupedInput rows, group(child, plan.groupings));
  auto call = std::make_shared<GroupFunctionCall>(*plan.group_function);
  call->row_schema = SchemaOf(child.output());
  call->key_schema = SchemaOf(rows.keys);
  call->key_positions = PositionsAmong(child.output(), rows.keys);
  if (plan.python != nullptr) {
    if (!context_->python_group_function) return NotSupported(call->name + " here");
    ARROW_ASSIGN_OR_RAISE(call->function, context_->python_group_function(plan.python));
  }
  const Attribute* tagged = FindTagged(child.output());
  call->has_watermark = tagged != nullptr;
  if (!call->event_time_column.empty() && tagged == nullptr) {
    return AnalysisError("CANNOT_ASSIGN_EVENT_TIME_COLUMN_WITHOUT_WATERMARK",
                         "`" + call->event_time_column +
                             "` can be the event time of the output only if the input has a "
                             "watermark: call withWatermark() before groupBy().");
  }

  auto node = std::make_shared<ResolvedPlan>();
  node->kind = ResolvedKind::kGroupsWithState;
  node->children = {rows.plan};
  node->keys = IdsInOrder(rows.keys);
  ARROW_ASSIGN_OR_RAISE(node->output, OutputOf(*call, tagged));

  if (plan.children.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(const Relation initial, Resolve(plan.children[1]));
    ARROW_ASSIGN_OR_RAISE(GroupedInput grouped, group(initial, plan.expressions));
    bool same = grouped.keys.size() == rows.keys.size();
    for (size_t i = 0; same && i < rows.keys.size(); ++i) {
      same = SameType(*grouped.keys[i].type, *rows.keys[i].type);
    }
    if (!same) {
      return IllegalArgument("", "The initial state of " + call->name +
                                     " must be grouped by columns of the same types as its input.");
    }
    call->initial_schema = SchemaOf(initial.output());
    call->initial_key_positions = PositionsAmong(initial.output(), grouped.keys);
    node->initial_keys = IdsInOrder(grouped.keys);
    node->children.push_back(grouped.plan);
  }
  node->group_function = std::move(call);
  return Closed(std::move(node));
}

}  // namespace headrace
