// Errors of name resolution with Spark's conditions and parameters.
#pragma once

#include <string>
#include <vector>

#include "plan/resolved_plan.h"

namespace headrace {

// `a`.`b c`: every part in backticks, as Spark prints names in errors.
std::string QuotedName(const std::vector<std::string>& parts);
// UNRESOLVED_COLUMN.WITH_SUGGESTION or .WITHOUT_SUGGESTION.
Status UnresolvedColumn(const std::vector<std::string>& parts,
                        const std::vector<Attribute>& available);
// `a`, `b`, in alphabetical order.
std::string SortedColumnList(const std::vector<Attribute>& columns);
// _LEGACY_ERROR_TEMP_1201: a name given as text is not among the columns.
Status ColumnNotAmong(const std::string& name, const std::vector<Attribute>& columns);
// True for the errors that UnresolvedColumn makes.
bool IsUnresolvedColumn(const Status& status);
// AMBIGUOUS_REFERENCE.
Status AmbiguousReference(const std::vector<std::string>& parts,
                          const std::vector<const Attribute*>& candidates);
// CANNOT_RESOLVE_DATAFRAME_COLUMN.
Status CannotResolveDataFrameColumn(const std::vector<std::string>& parts);
// FIELD_NOT_FOUND.
Status FieldNotFound(const std::string& field, const DataType& structure);
// An expression's text without the numbers of its columns.
std::string UserText(const Expression& expression);
// A binder's error as the user is to see it: without columns' numbers, and with the call's own text
// as `sqlExpr`.
Status ForUser(const Status& status, const std::string& call);
// UNRESOLVED_ROUTINE.
Status UnresolvedRoutine(const std::string& name, const std::vector<std::string>& known);

}  // namespace headrace
