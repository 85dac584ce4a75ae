#include "plan/analysis/name_resolution.h"

#include <algorithm>

#include "plan/analysis/resolution_errors.h"

namespace headrace {
namespace {

// Does `parts[0 .. count)` end the attribute's qualifier?
bool QualifierEndsWith(const Attribute& attribute, const std::vector<std::string>& parts,
                       size_t count, bool case_sensitive) {
  if (attribute.qualifier.size() < count) return false;
  const size_t skipped = attribute.qualifier.size() - count;
  for (size_t i = 0; i < count; ++i) {
    if (!SameName(attribute.qualifier[skipped + i], parts[i], case_sensitive)) return false;
  }
  return true;
}

std::vector<const Attribute*> Matching(const std::vector<std::string>& parts,
                                       size_t qualifier_parts, const std::vector<Attribute>& output,
                                       bool case_sensitive) {
  std::vector<const Attribute*> found;
  for (const Attribute& attribute : output) {
    if (!SameName(attribute.name, parts[qualifier_parts], case_sensitive)) continue;
    if (!QualifierEndsWith(attribute, parts, qualifier_parts, case_sensitive)) continue;
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const Attribute* a) { return a->id == attribute.id; });
    if (!known) found.push_back(&attribute);
  }
  return found;
}

struct Candidate {
  ResolvedName name;
  int depth = 0;
};

struct Search {
  const std::vector<std::string>& parts;
  int64_t plan_id;
  bool case_sensitive;

  // Adds the candidates of this subtree that are still in its root's output.
  Result<bool> Collect(const PlanOrigin& node, int depth,
                       std::vector<Candidate>* candidates) const {
    std::vector<Candidate> here;
    bool found = false;
    if (node.plan_id == plan_id) {
      found = true;
      ARROW_ASSIGN_OR_RAISE(auto column, FindByName(parts, node.plan->output, case_sensitive));
      if (column) here.push_back({std::move(*column), depth});
    } else if (!node.is_union) {
      for (const PlanOriginPtr& child : node.children) {
        ARROW_ASSIGN_OR_RAISE(const bool below, Collect(*child, depth + 1, &here));
        found |= below;
      }
    }
    for (Candidate& candidate : here) {
      const int64_t id = candidate.name.attribute.id;
      const Attribute* live = FindAttribute(node.plan->output, id);
      if (!live) live = FindAttribute(node.hidden, id);
      if (!live) continue;
      // Operators in between may have made it nullable or tagged it.
      std::string written = candidate.name.attribute.name;
      candidate.name.attribute = *live;
      candidate.name.attribute.name = std::move(written);
      candidates->push_back(std::move(candidate));
    }
    return found;
  }
};

const PlanOrigin* FindOrigin(int64_t plan_id, const PlanOrigin& node) {
  if (node.plan_id == plan_id) return &node;
  for (const PlanOriginPtr& child : node.children) {
    if (const PlanOrigin* found = FindOrigin(plan_id, *child)) return found;
  }
  return nullptr;
}

}  // namespace

bool SameName(const std::string& a, const std::string& b, bool case_sensitive) {
  return case_sensitive ? a == b : EqualsIgnoreCase(a, b);
}

Result<std::optional<ResolvedName>> FindByName(const std::vector<std::string>& parts,
                                               const std::vector<Attribute>& output,
                                               bool case_sensitive) {
  // Longest qualifier first: three parts at most (catalog.database.table).
  const size_t longest = std::min<size_t>(parts.size() - 1, 3);
  for (size_t qualifier_parts = longest + 1; qualifier_parts-- > 0;) {
    const auto found = Matching(parts, qualifier_parts, output, case_sensitive);
    if (found.empty()) continue;
    if (found.size() > 1) return AmbiguousReference(parts, found);
    ResolvedName name;
    name.attribute = *found[0];
    name.attribute.name = parts[qualifier_parts];
    name.fields.assign(parts.begin() + qualifier_parts + 1, parts.end());
    return name;
  }
  return std::nullopt;
}

Result<PlanIdLookup> FindByPlanId(const std::vector<std::string>& parts, int64_t plan_id,
                                  const std::vector<PlanOriginPtr>& inputs, bool case_sensitive) {
  PlanIdLookup lookup;
  std::vector<Candidate> candidates;
  const Search search{parts, plan_id, case_sensitive};
  for (const PlanOriginPtr& input : inputs) {
    ARROW_ASSIGN_OR_RAISE(const bool found, search.Collect(*input, 0, &candidates));
    lookup.relation_found |= found;
  }
  if (candidates.size() > 1) {
    const bool same = std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& c) {
      return c.name.attribute.id == candidates[0].name.attribute.id;
    });
    if (same) {
      candidates.resize(1);
    } else {
      std::vector<Candidate> direct;
      for (const Candidate& candidate : candidates) {
        if (candidate.depth == 0) direct.push_back(candidate);
      }
      if (direct.size() != 1) {
        const std::string name = QuotedName(parts);
        return AnalysisError(
            "AMBIGUOUS_COLUMN_REFERENCE",
            "The column " + name +
                " belongs to a DataFrame that occurs several times below (a self-join). Give the "
                "DataFrames aliases with .alias(\"a\") and name the column \"a." +
                parts.back() + "\".",
            {{"name", name}});
      }
      candidates = std::move(direct);
    }
  }
  if (!candidates.empty()) lookup.column = std::move(candidates[0].name);
  return lookup;
}

std::optional<std::vector<Attribute>> OutputOfPlanId(int64_t plan_id,
                                                     const std::vector<PlanOriginPtr>& inputs) {
  for (const PlanOriginPtr& input : inputs) {
    const PlanOrigin* origin = FindOrigin(plan_id, *input);
    if (!origin) continue;
    std::vector<Attribute> columns;
    for (const Attribute& attribute : origin->plan->output) {
      if (const Attribute* live = FindAttribute(input->plan->output, attribute.id)) {
        columns.push_back(*live);
      } else if (const Attribute* hidden = FindAttribute(input->hidden, attribute.id)) {
        columns.push_back(*hidden);
      }
    }
    return columns;
  }
  return std::nullopt;
}

}  // namespace headrace
