// The percentage argument of the percentile functions.
#pragma once

#include <string>
#include <vector>

#include "functions/aggregate/registration.h"

namespace headrace::aggregate {

struct Percentages {
  std::vector<double> values;
  bool is_array = false;  // the result is an array then
};

// A constant between 0 and 1, or an array of such. Errors: DATATYPE_MISMATCH.NON_FOLDABLE_INPUT,
// UNEXPECTED_NULL, VALUE_OUT_OF_RANGE.
Result<Percentages> ConstantPercentages(const std::string& function, const ExpressionPtr& argument,
                                        const BindContext& context);

}  // namespace headrace::aggregate
