// GROUP BY: keys, ROLLUP, CUBE and GROUPING SETS, also beside each other.
#include <utility>

#include "sql/expression_parser.h"

namespace headrace {
namespace {

using Keys = std::vector<UnresolvedPtr>;

// All keys, then one less from the right, down to none.
std::vector<Keys> Prefixes(const Keys& keys) {
  std::vector<Keys> sets;
  for (size_t size = keys.size() + 1; size-- > 0;) {
    sets.emplace_back(keys.begin(), keys.begin() + static_cast<int64_t>(size));
  }
  return sets;
}

// Every choice of one set of each side, put together.
std::vector<Keys> Product(const std::vector<Keys>& left, const std::vector<Keys>& right) {
  std::vector<Keys> sets;
  for (const Keys& first : left) {
    for (const Keys& second : right) {
      Keys both = first;
      both.insert(both.end(), second.begin(), second.end());
      sets.push_back(std::move(both));
    }
  }
  return sets;
}

// With and without each key: what CUBE stands for is the product of these.
std::vector<Keys> Subsets(const Keys& keys) {
  std::vector<Keys> sets = {{}};
  for (const UnresolvedPtr& key : keys) sets = Product(sets, {{key}, {}});
  return sets;
}

}  // namespace

Result<SqlParser::GroupingKeys> SqlParser::ParenthesisedKeys() {
  GroupingKeys keys;
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  if (!tokens_.IsOperator(")")) {
    ARROW_ASSIGN_OR_RAISE(keys, ExpressionList());
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return keys;
}

Result<std::vector<SqlParser::GroupingKeys>> SqlParser::GroupingSets() {
  std::vector<GroupingKeys> sets;
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    GroupingKeys set;
    if (tokens_.IsOperator("(")) {
      ARROW_ASSIGN_OR_RAISE(set, ParenthesisedKeys());
    } else {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr single, Expression());
      set.push_back(std::move(single));
    }
    sets.push_back(std::move(set));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return sets;
}

Result<SqlParser::GroupingPart> SqlParser::NextGroupingPart() {
  GroupingPart part;
  const bool cube = tokens_.IsWord("cube");
  if ((cube || tokens_.IsWord("rollup")) && tokens_.IsOperator("(", 1)) {
    tokens_.Take();
    ARROW_ASSIGN_OR_RAISE(const GroupingKeys keys, ParenthesisedKeys());
    // There are 2^n subsets.
    if (cube && keys.size() > 12) return NotSupported("CUBE of more than 12 keys");
    part.sets = cube ? Subsets(keys) : Prefixes(keys);
  } else if (tokens_.MatchWords({"grouping", "sets"})) {
    ARROW_ASSIGN_OR_RAISE(part.sets, GroupingSets());
  } else {
    part.is_key = true;
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr key, Expression());
    part.sets.push_back({std::move(key)});
  }
  return part;
}

Status SqlParser::GroupingClause(LogicalPlan* aggregate) {
  std::vector<GroupingKeys> sets = {{}};
  bool only_keys = true;
  do {
    ARROW_ASSIGN_OR_RAISE(const GroupingPart part, NextGroupingPart());
    only_keys &= part.is_key;
    sets = Product(sets, part.sets);
    if (sets.size() > 4096) return NotSupported("GROUP BY with more than 4096 grouping sets");
  } while (tokens_.MatchOperator(","));
  if (!only_keys) {
    aggregate->group_type = GroupType::kGroupingSets;
    aggregate->grouping_sets = std::move(sets);
    return Status::OK();
  }
  aggregate->groupings = std::move(sets[0]);
  if (tokens_.MatchWords({"with", "rollup"})) aggregate->group_type = GroupType::kRollup;
  if (tokens_.MatchWords({"with", "cube"})) aggregate->group_type = GroupType::kCube;
  if (!tokens_.MatchWords({"grouping", "sets"})) return Status::OK();
  aggregate->group_type = GroupType::kGroupingSets;
  ARROW_ASSIGN_OR_RAISE(aggregate->grouping_sets, GroupingSets());
  return Status::OK();
}

Result<LogicalPlanPtr> SqlParser::GroupBy(LogicalPlanPtr input,
                                          std::vector<UnresolvedPtr> select_list) {
  auto aggregate = NewLogicalPlan(LogicalKind::kAggregate);
  aggregate->children = {input ? input : LogicalPlanPtr(NewLogicalPlan(LogicalKind::kProject))};
  aggregate->select_list = true;
  aggregate->expressions = std::move(select_list);
  if (tokens_.MatchWords({"group", "by"})) {
    if (tokens_.IsWord("all") && !tokens_.IsOperator("(", 1) && !tokens_.IsOperator(".", 1)) {
      tokens_.Take();
      aggregate->name = "ALL";
    } else {
      ARROW_RETURN_NOT_OK(GroupingClause(aggregate.get()));
    }
  }
  if (tokens_.MatchWord("having")) {
    ARROW_ASSIGN_OR_RAISE(aggregate->having, Expression());
  }
  return LogicalPlanPtr(aggregate);
}

}  // namespace headrace
