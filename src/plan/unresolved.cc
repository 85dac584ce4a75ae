#include "plan/unresolved.h"

#include <utility>

namespace headrace {
namespace {

std::shared_ptr<UnresolvedExpression> NewExpression(UnresolvedKind kind,
                                                    std::vector<UnresolvedPtr> children = {}) {
  auto node = std::make_shared<UnresolvedExpression>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

}  // namespace

UnresolvedPtr UnresolvedLiteral(std::shared_ptr<arrow::Scalar> value, std::string sql_text) {
  auto node = NewExpression(UnresolvedKind::kLiteral);
  node->literal = std::move(value);
  node->sql_text = std::move(sql_text);
  return node;
}

UnresolvedPtr UnresolvedAttribute(std::vector<std::string> name_parts,
                                  std::optional<int64_t> plan_id) {
  auto node = NewExpression(UnresolvedKind::kAttribute);
  node->name_parts = std::move(name_parts);
  node->plan_id = plan_id;
  return node;
}

UnresolvedPtr UnresolvedStar(std::vector<std::string> target, std::optional<int64_t> plan_id) {
  auto node = NewExpression(UnresolvedKind::kStar);
  node->name_parts = std::move(target);
  node->plan_id = plan_id;
  return node;
}

UnresolvedPtr UnresolvedCall(std::string name, std::vector<UnresolvedPtr> arguments,
                             bool distinct) {
  auto node = NewExpression(UnresolvedKind::kFunction, std::move(arguments));
  node->name = std::move(name);
  node->distinct = distinct;
  return node;
}

UnresolvedPtr UnresolvedAlias(UnresolvedPtr child, std::vector<std::string> names,
                              std::string metadata) {
  auto node = NewExpression(UnresolvedKind::kAlias, {std::move(child)});
  node->aliases = std::move(names);
  node->metadata = std::move(metadata);
  return node;
}

UnresolvedPtr UnresolvedCast(UnresolvedPtr child, DataTypePtr type, bool try_cast) {
  auto node = NewExpression(UnresolvedKind::kCast, {std::move(child)});
  node->type = std::move(type);
  node->try_cast = try_cast;
  return node;
}

UnresolvedPtr UnresolvedSortOrder(UnresolvedPtr child, bool ascending, bool nulls_first) {
  auto node = NewExpression(UnresolvedKind::kSortOrder, {std::move(child)});
  node->ascending = ascending;
  node->nulls_first = nulls_first;
  return node;
}

UnresolvedPtr WithContext(UnresolvedPtr expression, QueryContextPtr context) {
  if (expression->query_context || !context) return expression;
  auto copy = std::make_shared<UnresolvedExpression>(*expression);
  copy->query_context = std::move(context);
  return copy;
}

Result<std::vector<std::string>> ParseNameParts(const std::string& identifier) {
  auto malformed = [&] {
    return AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX",
                         "The column name \"" + identifier +
                             "\" is malformed: parts are separated by one dot, and a part that "
                             "holds dots is put in backticks as a whole, as in a.`b.c`.",
                         {{"name", identifier}});
  };
  std::vector<std::string> parts;
  std::string part;
  bool quoted = false;
  const size_t size = identifier.size();
  for (size_t i = 0; i < size; ++i) {
    const char c = identifier[i];
    if (quoted) {
      if (c != '`') {
        part += c;
      } else if (i + 1 < size && identifier[i + 1] == '`') {
        part += '`';
        ++i;
      } else {
        quoted = false;
        if (i + 1 < size && identifier[i + 1] != '.') return malformed();
      }
    } else if (c == '`') {
      if (!part.empty()) return malformed();
      quoted = true;
    } else if (c == '.') {
      if (i == 0 || identifier[i - 1] == '.' || i + 1 == size) return malformed();
      parts.push_back(std::move(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (quoted) return malformed();
  parts.push_back(std::move(part));
  return parts;
}

std::shared_ptr<LogicalPlan> NewLogicalPlan(LogicalKind kind,
                                            std::vector<LogicalPlanPtr> children) {
  auto node = std::make_shared<LogicalPlan>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

bool IsStreaming(const LogicalPlan& plan) {
  if (plan.streaming) return true;
  for (const LogicalPlanPtr& child : plan.children) {
    if (IsStreaming(*child)) return true;
  }
  return false;
}

}  // namespace headrace
