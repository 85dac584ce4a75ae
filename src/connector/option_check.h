// What connectors say about options that they do not know.
#pragma once

#include <set>
#include <string>

#include "base/options.h"

namespace headrace {

// Spark passes over options that a connector does not know; so do we, with one warning in the log
// for each connector and key in the life of the process. `known` holds lower-case names.
void WarnUnknownOptions(const std::string& connector, const Options& options,
                        const std::set<std::string>& known);

// IllegalArgument: `option` has `value`, which breaks `rule` ("must be positive").
Status InvalidOption(const std::string& option, const std::string& value, const std::string& rule);

}  // namespace headrace
