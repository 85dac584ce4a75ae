// struct.field, array[i], map[key].
#pragma once

#include <string>
#include <vector>

#include "plan/analyzer.h"

namespace headrace {

// FIELD_NOT_FOUND, AMBIGUOUS_REFERENCE_TO_FIELDS; INVALID_EXTRACT_BASE_FIELD_TYPE when `base` has
// no fields.
Result<ExpressionPtr> ExtractField(const ExpressionPtr& base, const std::string& field,
                                   const AnalyzerContext& context);
Result<ExpressionPtr> ExtractPath(ExpressionPtr base, const std::vector<std::string>& fields,
                                  const AnalyzerContext& context);
// base[key]: by name for structs (and arrays of structs), by index for arrays, by key for maps.
Result<ExpressionPtr> ExtractElement(const ExpressionPtr& base, const ExpressionPtr& key,
                                     const AnalyzerContext& context);
// The ordinal of a struct's field, with the errors above.
Result<int> FindStructField(const DataType& structure, const std::string& field,
                            bool case_sensitive);

}  // namespace headrace
