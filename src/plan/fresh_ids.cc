#include "plan/fresh_ids.h"

#include <unordered_map>

namespace headrace {
namespace {

class Freshener {
 public:
  ResolvedPlanPtr Copy(const ResolvedPlanPtr& plan) {
    auto copy = std::make_shared<ResolvedPlan>(*plan);
    for (ResolvedPlanPtr& child : copy->children) child = Copy(child);
    for (Attribute& attribute : copy->output) Renew(&attribute);
    for (ExpressionPtr& filter : copy->pushed_filters) Renew(&filter);
    for (NamedExpression& named : copy->projections) Renew(&named);
    Renew(&copy->condition);
    for (NamedExpression& named : copy->groupings) Renew(&named);
    for (NamedAggregate& named : copy->aggregates) {
      for (ExpressionPtr& argument : named.aggregate.arguments) Renew(&argument);
      Renew(&named.filter);
      Renew(&named.attribute);
    }
    for (ExpressionPtr& argument : copy->generator.arguments) Renew(&argument);
    for (SortOrder& order : copy->orders) Renew(&order.expression);
    for (int64_t& key : copy->keys) key = Renewed(key);
    for (int64_t& key : copy->initial_keys) key = Renewed(key);
    if (copy->kind == ResolvedKind::kWatermark) copy->event_time = Renewed(copy->event_time);
    return copy;
  }

 private:
  int64_t Renewed(int64_t id) {
    const auto [it, added] = ids_.try_emplace(id, 0);
    if (added) it->second = NextAttributeId();
    return it->second;
  }
  void Renew(Attribute* attribute) { attribute->id = Renewed(attribute->id); }
  void Renew(ExpressionPtr* expression) {
    if (!*expression) return;
    *expression = Transform(*expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
      const auto* reference = dynamic_cast<const AttributeReference*>(node.get());
      if (!reference) return nullptr;
      return std::make_shared<AttributeReference>(Renewed(reference->id()), reference->name(),
                                                  reference->type(), reference->nullable());
    });
  }
  void Renew(NamedExpression* named) {
    Renew(&named->expression);
    Renew(&named->attribute);
  }

  std::unordered_map<int64_t, int64_t> ids_;
};

}  // namespace

ResolvedPlanPtr WithFreshIds(const ResolvedPlanPtr& plan) { return Freshener().Copy(plan); }

}  // namespace headrace
