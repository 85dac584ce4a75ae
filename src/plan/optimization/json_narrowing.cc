// from_json(value, 'a …, b …, c …') of which only b is used becomes from_json(value, 'b …'): the
// decoder then skips what nobody reads.
#include <set>
#include <unordered_map>
#include <utility>

#include "plan/optimization/rules.h"

namespace headrace {
namespace {

constexpr char kCorruptRecord[] = "_corrupt_record";  // spark.sql.columnNameOfCorruptRecord

// How a struct column is read by the plan: whole, or some of its fields.
struct Usage {
  bool whole = false;
  std::set<int> fields;
};
using Usages = std::unordered_map<int64_t, Usage>;

const AttributeReference* AsReference(const ExpressionPtr& expression) {
  return dynamic_cast<const AttributeReference*>(expression.get());
}

void Record(const ExpressionPtr& expression, Usages* usages) {
  const int ordinal = StructFieldOrdinal(*expression);
  if (ordinal >= 0) {
    if (const AttributeReference* column = AsReference(expression->children()[0])) {
      (*usages)[column->id()].fields.insert(ordinal);
      return;
    }
  }
  if (const AttributeReference* column = AsReference(expression)) {
    (*usages)[column->id()].whole = true;
  }
  for (const ExpressionPtr& child : expression->children()) Record(child, usages);
}

bool PassesOn(const NamedExpression& projection) {
  const AttributeReference* column = AsReference(projection.expression);
  return column && column->id() == projection.attribute.id;
}

void RecordWhole(const std::vector<Attribute>& columns, Usages* usages) {
  for (const Attribute& column : columns) (*usages)[column.id].whole = true;
}

Usages FindUsages(const ResolvedPlan& plan) {
  Usages usages;
  RecordWhole(plan.output, &usages);
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    switch (node.kind) {
      case ResolvedKind::kProject:
        for (const NamedExpression& projection : node.projections) {
          if (!PassesOn(projection)) Record(projection.expression, &usages);
        }
        return;
      case ResolvedKind::kDistinct:
      case ResolvedKind::kDeduplicate:
      case ResolvedKind::kUnion:
      case ResolvedKind::kIntersect:
      case ResolvedKind::kExcept:
        for (const ResolvedPlanPtr& child : node.children) RecordWhole(child->output, &usages);
        return;
      default:
        VisitExpressions(node, [&](const ExpressionPtr& e) { Record(e, &usages); });
    }
  });
  return usages;
}

struct Narrowed {
  ExpressionPtr expression;
  std::vector<int> new_ordinals;  // by old ordinal; -1: gone
};
using NarrowedColumns = std::unordered_map<int64_t, Narrowed>;

// No value when the column stays as it is.
Result<std::optional<Narrowed>> Narrow(const NamedExpression& projection, const Usages& usages,
                                       const BindContext& bind) {
  const auto* call = dynamic_cast<const FunctionCall*>(projection.expression.get());
  // With options (FAILFAST) unused fields matter too.
  if (!call || call->name() != "from_json" || call->children().size() != 1) return std::nullopt;
  const DataType& type = *call->type();
  const auto found = usages.find(projection.attribute.id);
  if (type.id() != arrow::Type::STRUCT || found == usages.end()) return std::nullopt;
  const Usage& usage = found->second;
  const int fields = type.num_fields();
  if (usage.whole || usage.fields.empty() || static_cast<int>(usage.fields.size()) == fields) {
    return std::nullopt;
  }
  Narrowed narrowed;
  narrowed.new_ordinals.assign(fields, -1);
  arrow::FieldVector kept;
  for (int i = 0; i < fields; ++i) {
    if (EqualsIgnoreCase(type.field(i)->name(), kCorruptRecord)) return std::nullopt;
    if (!usage.fields.contains(i)) continue;
    narrowed.new_ordinals[i] = static_cast<int>(kept.size());
    kept.push_back(type.field(i));
  }
  const std::string schema = TypeToJson(*arrow::struct_(kept));
  ARROW_ASSIGN_OR_RAISE(
      narrowed.expression,
      FunctionRegistry::BuiltIn().Call(
          "from_json",
          {call->children()[0], MakeLiteral(std::make_shared<arrow::StringScalar>(schema))}, bind));
  return narrowed;
}

// Reads the narrowed columns' fields at their new places.
ExpressionPtr Renumber(const ExpressionPtr& expression, const NarrowedColumns& columns) {
  auto narrowed_reference = [&](const ExpressionPtr& node) -> const Narrowed* {
    const AttributeReference* column = AsReference(node);
    if (!column) return nullptr;
    const auto found = columns.find(column->id());
    return found == columns.end() ? nullptr : &found->second;
  };
  auto retyped = [](const ExpressionPtr& node, const Narrowed& narrowed) {
    const AttributeReference* column = AsReference(node);
    return std::make_shared<AttributeReference>(column->id(), column->name(),
                                                narrowed.expression->type(), column->nullable());
  };
  const int ordinal = StructFieldOrdinal(*expression);
  if (ordinal >= 0) {
    const ExpressionPtr& base = expression->children()[0];
    if (const Narrowed* narrowed = narrowed_reference(base)) {
      return MakeStructField(retyped(base, *narrowed), narrowed->new_ordinals[ordinal]);
    }
  }
  if (const Narrowed* narrowed = narrowed_reference(expression)) {
    return retyped(expression, *narrowed);
  }
  if (expression->children().empty()) return expression;
  std::vector<ExpressionPtr> children;
  bool changed = false;
  for (const ExpressionPtr& child : expression->children()) {
    children.push_back(Renumber(child, columns));
    changed |= children.back() != child;
  }
  return changed ? expression->WithChildren(std::move(children)) : expression;
}

ResolvedPlanPtr Apply(const ResolvedPlanPtr& plan, const NarrowedColumns& columns) {
  return RewriteBottomUp(plan, [&](const ResolvedPlanPtr& node) -> ResolvedPlanPtr {
    ResolvedPlanPtr mapped = MapExpressions(
        node, [&](const ExpressionPtr& expression) { return Renumber(expression, columns); });
    if (mapped->kind != ResolvedKind::kProject) return mapped;
    std::vector<NamedExpression> projections = mapped->projections;
    for (NamedExpression& projection : projections) {
      const auto found = columns.find(projection.attribute.id);
      if (found == columns.end()) continue;
      projection.attribute.type = found->second.expression->type();
      if (!PassesOn(projection)) projection.expression = found->second.expression;
    }
    return MakeProject(mapped->children[0], std::move(projections));
  });
}

}  // namespace

Result<ResolvedPlanPtr> NarrowJson(const ResolvedPlanPtr& plan, const BindContext& bind) {
  const Usages usages = FindUsages(*plan);
  NarrowedColumns columns;
  Status status;
  VisitPlan(*plan, [&](const ResolvedPlan& node) {
    for (const NamedExpression& projection : node.projections) {
      auto narrowed = Narrow(projection, usages, bind);
      if (!narrowed.ok()) {
        status = narrowed.status();
      } else if (*narrowed) {
        columns.emplace(projection.attribute.id, std::move(**narrowed));
      }
    }
  });
  ARROW_RETURN_NOT_OK(status);
  return columns.empty() ? plan : Apply(plan, columns);
}

}  // namespace headrace
