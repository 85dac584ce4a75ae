#include "plan/analysis/resolution_errors.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "functions/missing_functions.h"
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

// Qualifiers that all columns share are left out, unless the user wrote them.
std::set<std::string> Candidates(size_t written_parts, const std::vector<Attribute>& available) {
  std::set<std::vector<std::string>> qualifiers;
  for (const Attribute& attribute : available) qualifiers.insert(attribute.qualifier);
  const bool shared = written_parts == 1 && qualifiers.size() == 1;
  std::set<std::string> candidates;
  for (const Attribute& attribute : available) {
    candidates.insert(shared ? Backticked(attribute.name) : QuotedName(FullName(attribute)));
  }
  return candidates;
}

std::string Plain(const std::vector<std::string>& parts) {
  return JoinTexts(
      parts, [](const std::string& part) { return part; }, ".");
}

// "a#12" becomes "a".
std::string WithoutColumnNumbers(const std::string& text) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool number = text[i] == '#' && i > 0 && text[i - 1] != ' ' && i + 1 < text.size() &&
                        is_digit(text[i + 1]);
    if (!number) {
      out += text[i];
      continue;
    }
    while (i + 1 < text.size() && is_digit(text[i + 1])) ++i;
  }
  return out;
}

}  // namespace

std::string QuotedName(const std::vector<std::string>& parts) {
  return JoinTexts(parts, Backticked, ".");
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
  // As Spark ranks them: the plain wanted name against the quoted candidates, ties by alphabet.
  const std::string wanted = Plain(parts);
  std::set<std::pair<int, std::string>> ranked;
  for (const std::string& candidate : Candidates(parts.size(), available)) {
    ranked.emplace(EditDistance(wanted, candidate), candidate);
  }
  std::string proposal;
  int proposed = 0;
  for (const auto& [distance, candidate] : ranked) {
    if (proposed++ == 5) break;
    proposal += (proposal.empty() ? "" : ", ") + candidate;
  }
  return AnalysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                       "There is no column, variable or function parameter named " + name +
                           ". The nearest names that there are: [" + proposal + "].",
                       {{"objectName", name}, {"proposal", proposal}});
}

std::string SortedColumnList(const std::vector<Attribute>& columns) {
  std::set<std::string> names;
  for (const Attribute& column : columns) names.insert(Backticked(column.name));
  return JoinTexts(names, [](const std::string& name) { return name; });
}

Status ColumnNotAmong(const std::string& name, const std::vector<Attribute>& columns) {
  const std::string names = JoinTexts(columns, [](const Attribute& column) { return column.name; });
  return AnalysisError("_LEGACY_ERROR_TEMP_1201",
                       "Cannot resolve column name \"" + name + "\" among (" + names + ").",
                       {{"colName", name}, {"fieldNames", names}});
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

std::string UserText(const Expression& expression) {
  return WithoutColumnNumbers(expression.ToString());
}

Status ForUser(const Status& status, const std::string& call) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (!detail) return status;
  ErrorParameters parameters = detail->parameters();
  for (auto& [name, value] : parameters) {
    value = WithoutColumnNumbers(value);
  }
  if (detail->condition().starts_with("DATATYPE_MISMATCH.")) {
    parameters["sqlExpr"] = "\"" + call + "\"";
  }
  return Status(
      status.code(), WithoutColumnNumbers(status.message()),
      std::make_shared<ErrorDetail>(detail->kind(), detail->condition(), std::move(parameters)));
}

Status UnresolvedRoutine(const std::string& name, const std::vector<std::string>& known) {
  const bool missing = IsMissingFunction(name);
  std::string text =
      missing ? "Spark has the function " + Backticked(name) + ", Headrace does not have it yet."
              : "There is no function named " + Backticked(name) + ".";
  std::vector<std::string> nearest;
  for (const std::string& candidate : known) {
    if (!missing && EditDistance(ToLower(name), candidate) <= 2) nearest.push_back(candidate);
  }
  if (nearest.size() > 3) nearest.resize(3);
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
