// What a higher-order function gives to the lambdas among its arguments.
//
// The analyser asks before it resolves a lambda's body, whose types follow from the collections.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "functions/signature.h"

namespace headrace {

struct LambdaParameter {
  DataTypePtr type;
  bool nullable = true;
};

// Of a call of this function (lower case) with so many arguments: the first that is a lambda, as
// are those that follow; no value if none is. Error: WRONG_NUM_ARGS.WITHOUT_SUGGESTION.
Result<std::optional<size_t>> FirstLambda(const std::string& function, size_t arguments);
// The variables of the lambda that is argument `index`. `written`: how many the lambda names; some
// functions give a further one only if it is asked for. `arguments`: those before it are there;
// collections may be cast. Errors: DATATYPE_MISMATCH.….
Result<std::vector<LambdaParameter>> LambdaParameters(const std::string& function, size_t index,
                                                      size_t written, Arguments* arguments,
                                                      const BindContext& context);

}  // namespace headrace
