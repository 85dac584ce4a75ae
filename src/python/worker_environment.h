// The environment variables of a Python worker.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace headrace {

// This process' variables, but none that would lead a worker's own session astray or that look like
// secrets, with `added` in their place. `keep_secrets`: the server belongs to the very program.
std::vector<std::string> WorkerEnvironment(const std::map<std::string, std::string>& added,
                                           bool keep_secrets = false);

}  // namespace headrace
