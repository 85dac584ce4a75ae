#include "plan/analysis/resolution_errors.h"

#include <algorithm>
#include <numeric>

#include "plan/tree_text.h"

namespace headrace {
namespace {

std::string Backticked(const std::string& name) {
  std::string quoted = "`";
  for (char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

int EditDistance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::vector<std::string> FullName(const Attribute& attribute) {
  std::vector<std::string> parts = attribute.qualifier;
  parts.push_back(attribute.name);
  return parts;
}

std::string Plain(const std::vector<std::string>& parts) {
  return JoinTexts(
      parts, [](const std::string& part) { return part; }, ".");
}

}  // namespace

std::string QuotedName(const std::vector<std::string>& parts) {
  return JoinTexts(parts, Backticked, ".");
}

std::vector<std::string> NearestNames(const std::string& wanted,
                                      const std::vector<std::string>& candidates, size_t limit) {
  const std::string target = ToLower(wanted);
  std::vector<std::pair<int, std::string>> ranked;
  for (const std::string& candidate : candidates) {
    ranked.emplace_back(EditDistance(target, ToLower(candidate)), candidate);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (const auto& [distance, name] : ranked) {
    if (nearest.size() == limit) break;
    nearest.push_back(name);
  }
  return nearest;
}

Status UnresolvedColumn(const std::vector<std::string>& parts,
                        const std::vector<Attribute>& available) {
  const std::string name = QuotedName(parts);
  if (available.empty()) {
    return AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
                         "There is no column, variable or function parameter named " + name +
                             ": the relation that is read has no columns at all.",
                         {{"objectName", name}});
  }
  // Compare on the level at which the user wrote: without qualifier if there is none.
  std::vector<std::string> plain_names;
  std::vector<std::string> quoted_names;
  for (const Attribute& attribute : available) {
    const std::vector<std::string> full =
        parts.size() > 1 ? FullName(attribute) : std::vector<std::string>{attribute.name};
    if (std::find(quoted_names.begin(), quoted_names.end(), QuotedName(full)) !=
        quoted_names.end()) {
      continue;
    }
    plain_names.push_back(Plain(full));
    quoted_names.push_back(QuotedName(full));
  }
  std::vector<std::string> proposal;
  for (const std::string& nearest : NearestNames(Plain(parts), plain_names)) {
    const auto at = std::find(plain_names.begin(), plain_names.end(), nearest);
    proposal.push_back(quoted_names[at - plain_names.begin()]);
  }
  const std::string list = "[" + JoinTexts(proposal, [](const std::string& s) { return s; }) + "]";
  return AnalysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                       "There is no column, variable or function parameter named " + name +
                           ". The nearest names that there are: " + list + ".",
                       {{"objectName", name}, {"proposal", list.substr(1, list.size() - 2)}});
}

bool IsUnresolvedColumn(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail && detail->condition().starts_with("UNRESOLVED_COLUMN");
}

Status AmbiguousReference(const std::vector<std::string>& parts,
                          const std::vector<const Attribute*>& candidates) {
  const std::string name = QuotedName(parts);
  const std::string list =
      "[" + JoinTexts(candidates, [](const Attribute* a) { return QuotedName(FullName(*a)); }) +
      "]";
  return AnalysisError("AMBIGUOUS_REFERENCE",
                       "The name " + name + " fits several columns: " + list +
                           ". Put the relation's alias before it, or rename one of them.",
                       {{"name", name}, {"referenceNames", list}});
}

Status CannotResolveDataFrameColumn(const std::vector<std::string>& parts) {
  const std::string name = QuotedName(parts);
  return AnalysisError("CANNOT_RESOLVE_DATAFRAME_COLUMN",
                       "The column " + name +
                           " was taken from a DataFrame that is not an input of this operation. "
                           "Use a column of the DataFrame that the method is called on.",
                       {{"name", name}});
}

Status FieldNotFound(const std::string& field, const DataType& structure) {
  std::vector<std::string> names;
  for (const auto& child : structure.fields()) names.push_back(Backticked(child->name()));
  const std::string list = JoinTexts(names, [](const std::string& s) { return s; });
  return AnalysisError(
      "FIELD_NOT_FOUND",
      "The struct has no field " + Backticked(field) + "; its fields are " + list + ".",
      {{"fieldName", Backticked(field)}, {"fields", list}});
}

Status UnresolvedRoutine(const std::string& name, const std::vector<std::string>& known) {
  std::string text = "There is no function named " + Backticked(name) + ".";
  std::vector<std::string> nearest = NearestNames(name, known, 3);
  std::erase_if(nearest, [&](const std::string& candidate) {
    return EditDistance(ToLower(name), ToLower(candidate)) > 3;
  });
  if (!nearest.empty()) {
    text += " Did you mean " + JoinTexts(nearest, Backticked, " or ") + "?";
  } else {
    text += " `headrace functions` lists those that there are.";
  }
  return AnalysisError(
      "UNRESOLVED_ROUTINE", text,
      {{"routineName", Backticked(name)},
       {"searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"}});
}

}  // namespace headrace
