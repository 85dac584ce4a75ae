#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/program.h"
#include "functions/registry.h"

namespace headrace {
namespace {

// The entry's documentation and canonical name, whatever sort of function it is.
const FunctionDocumentation* DocumentationOf(const FunctionRegistry& registry,
                                             const std::string& name, std::string* canonical) {
  auto take = [&](const auto* function) -> const FunctionDocumentation* {
    if (function == nullptr) return nullptr;
    *canonical = function->names.front();
    return &function->documentation;
  };
  if (const auto* found = take(registry.FindScalar(name))) return found;
  if (const auto* found = take(registry.FindAggregate(name))) return found;
  return take(registry.FindGenerator(name));
}

int ListFunctions(const FunctionRegistry& registry) {
  for (const auto& name : registry.Names()) {
    std::string canonical;
    const auto* documentation = DocumentationOf(registry, name, &canonical);
    if (documentation == nullptr) continue;
    if (canonical != name) {
      std::printf("%-28s same as %s\n", name.c_str(), canonical.c_str());
    } else {
      std::printf("%-28s %s\n", name.c_str(), documentation->description.c_str());
    }
  }
  return 0;
}

int DescribeFunction(const FunctionRegistry& registry, const std::string& name) {
  std::string canonical;
  const auto* documentation = DocumentationOf(registry, name, &canonical);
  if (documentation == nullptr) {
    return Fail(
        Status::KeyError("there is no function `", name, "`; `headrace functions` lists all"));
  }
  std::printf("%s\n%s\n", documentation->signature.c_str(), documentation->description.c_str());
  if (!documentation->example.empty()) {
    std::printf("Example: SELECT %s\n", documentation->example.c_str());
  }
  return 0;
}

}  // namespace

CommandRunner AddFunctionsCommand(CLI::App* app) {
  auto name = std::make_shared<std::string>();
  auto* command = app->add_subcommand("functions", "List the SQL functions, or describe one");
  command->add_option("name", *name, "The function to describe");
  return [name] {
    const auto& registry = FunctionRegistry::BuiltIn();
    return name->empty() ? ListFunctions(registry) : DescribeFunction(registry, *name);
  };
}

}  // namespace headrace
