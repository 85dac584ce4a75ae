#include "plan/analysis/within_group.h"

#include "functions/aggregate/ordering_argument.h"
#include "plan/resolved_nodes.h"
#include "plan/tree_text.h"

namespace headrace {
namespace {

Status InvalidWithinGroup(const std::string& reason, const std::string& function, std::string text,
                          ErrorParameters parameters = {}) {
  parameters["funcName"] = "`" + function + "`";
  return AnalysisError("INVALID_WITHIN_GROUP_EXPRESSION." + reason, std::move(text),
                       std::move(parameters));
}

std::string Direction(const UnresolvedExpression& order) {
  return order.ascending ? " ASC" : " DESC";
}

}  // namespace

size_t OrderingCount(const UnresolvedExpression& call) {
  size_t count = 0;
  while (count < call.children.size() &&
         call.children[call.children.size() - 1 - count]->kind == UnresolvedKind::kSortOrder) {
    ++count;
  }
  return count;
}

Status CheckWithinGroup(const UnresolvedExpression& call) {
  const std::string name = ToLower(call.name);
  const size_t orderings = OrderingCount(call);
  const std::optional<size_t> wanted = OrderingsOf(name);
  if (!wanted) {
    if (orderings == 0) return Status::OK();
    return AnalysisError(
        "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
        "WITHIN GROUP (ORDER BY …) is possible in listagg, mode, percentile_cont and "
        "percentile_disc, not in " +
            name + ".",
        {{"prettyName", "`" + name + "`"}, {"syntax", "WITHIN GROUP (ORDER BY ...)"}});
  }
  if (*wanted == 0) return Status::OK();
  if (call.distinct) {
    return InvalidWithinGroup("DISTINCT_UNSUPPORTED", name, name + "() takes no DISTINCT.");
  }
  const bool has_arguments = call.children.size() > orderings;
  const bool is_mode = name == "mode";
  if (orderings == 0) {
    if (is_mode && has_arguments) return Status::OK();
    return InvalidWithinGroup(
        "WITHIN_GROUP_MISSING", name,
        "Tell what " + name + "() is about: " + name + "(…) WITHIN GROUP (ORDER BY …).");
  }
  const size_t expected = is_mode && has_arguments ? 0 : *wanted;
  if (orderings == expected) return Status::OK();
  return InvalidWithinGroup(
      "WRONG_NUM_ORDERINGS", name,
      name + "() takes " + std::to_string(expected) + " orderings here, but WITHIN GROUP has " +
          std::to_string(orderings) + ".",
      {{"expectedNum", std::to_string(expected)}, {"actualNum", std::to_string(orderings)}});
}

std::string WithinGroupText(const UnresolvedExpression& call,
                            const std::vector<std::string>& orderings) {
  if (orderings.empty()) return "";
  const std::string name = ToLower(call.name);
  const size_t first = call.children.size() - orderings.size();
  std::vector<std::string> texts;
  for (size_t i = 0; i < orderings.size(); ++i) {
    const UnresolvedExpression& order = *call.children[first + i];
    if (name == "mode") {
      // Spark names the order in which it looks for the last value.
      texts.push_back(orderings[i] + (order.ascending ? " DESC" : ""));
    } else if (name == "listagg" || name == "string_agg") {
      texts.push_back(orderings[i] + Direction(order) +
                      (order.nulls_first ? " NULLS FIRST" : " NULLS LAST"));
    } else {
      texts.push_back(orderings[i] + (order.ascending ? "" : " DESC"));
    }
  }
  return " WITHIN GROUP (ORDER BY " +
         JoinTexts(texts, [](const std::string& text) { return text; }) + ")";
}

Status CheckDistinctOrdering(const BoundAggregate& bound, size_t orderings) {
  if (orderings == 0) return Status::OK();
  const size_t first = bound.arguments.size() - orderings;
  if (orderings == 1 && SameExpression(*bound.arguments[0], *bound.arguments[first])) {
    return Status::OK();
  }
  std::vector<std::string> texts;
  for (size_t i = first; i < bound.arguments.size(); ++i) {
    texts.push_back("\"" + bound.arguments[i]->ToString() + "\"");
  }
  const std::string ordered = JoinTexts(texts, [](const std::string& text) { return text; });
  const std::string value = "\"" + bound.arguments[0]->ToString() + "\"";
  return InvalidWithinGroup("MISMATCH_WITH_DISTINCT_INPUT", bound.name,
                            bound.name + "(DISTINCT " + value + ") orders by " + ordered +
                                ". Order distinct values by themselves, cast as the function does.",
                            {{"funcArg", value}, {"orderingExpr", ordered}});
}

bool NeedsWholePartition(const UnresolvedExpression& call) {
  const std::string name = ToLower(call.name);
  if (name == "listagg" || name == "string_agg") return OrderingCount(call) > 0;
  return name == "median" || name == "percentile_cont" || name == "percentile_disc";
}

}  // namespace headrace
