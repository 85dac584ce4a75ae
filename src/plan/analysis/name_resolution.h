// Column names to attributes.
//
// Two ways: a plain name is looked up in the output of the operator's inputs; a name that a client
// took from a DataFrame (plan_id) is looked up in that relation, wherever it lies below the
// operator, and counts if its identity survives up to the operator's inputs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/analysis/relation.h"

namespace headrace {

// A column and the field path below it: `a.b.c` may be column a, fields b and c.
struct ResolvedName {
  Attribute attribute;
  std::vector<std::string> fields;
};

// No value when nothing fits; AMBIGUOUS_REFERENCE when several columns do. Tried in this order, as
// in Spark: qualifier.column[.field…], then column[.field…].
Result<std::optional<ResolvedName>> FindByName(const std::vector<std::string>& parts,
                                               const std::vector<Attribute>& output,
                                               bool case_sensitive);

struct PlanIdLookup {
  bool relation_found = false;
  std::optional<ResolvedName> column;
};
// Error AMBIGUOUS_COLUMN_REFERENCE when several live columns fit.
Result<PlanIdLookup> FindByPlanId(const std::vector<std::string>& parts, int64_t plan_id,
                                  const std::vector<PlanOriginPtr>& inputs, bool case_sensitive);
// The columns of a relation below, for `df.*` with a plan_id; only those that are still there.
std::optional<std::vector<Attribute>> OutputOfPlanId(int64_t plan_id,
                                                     const std::vector<PlanOriginPtr>& inputs);

bool SameName(const std::string& a, const std::string& b, bool case_sensitive);

}  // namespace headrace
