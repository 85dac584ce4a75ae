// Rewrites lenient JSON (single quotes, comments, unquoted names, …) as strict JSON.
//
// The slow way for records that the quick scanner refuses: it reads the first value of the text
// with the rules of the options, ignores what follows, and either writes that value as strict JSON
// or tells why it is malformed.
#pragma once

#include <string>
#include <string_view>

#include "functions/json/json_options.h"

namespace headrace {

// False: malformed; then `*reason` says why. Non-finite numbers stay as they are.
bool NormalizeJson(std::string_view text, const JsonReadOptions& options, std::string* out,
                   std::string* reason);

}  // namespace headrace
