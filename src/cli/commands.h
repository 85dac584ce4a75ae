// The subcommands of `headrace`. Each adds itself to the command line; when the user chose it, it
// runs and gives the exit code.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace headrace {

using CommandRunner = std::function<int()>;

CommandRunner AddServerCommand(CLI::App* app);
CommandRunner AddSubmitCommand(CLI::App* app);
CommandRunner AddSqlCommand(CLI::App* app);
CommandRunner AddCheckpointCommand(CLI::App* app);
CommandRunner AddFunctionsCommand(CLI::App* app);
CommandRunner AddVersionCommand(CLI::App* app);

}  // namespace headrace
