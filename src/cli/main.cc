#include <csignal>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "base/allocator.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  // A reader of our output or a peer that goes away is an error of that write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  headrace::ConfigureAllocator();
  CLI::App app("Spark Structured Streaming as a native engine", "headrace");
  app.require_subcommand(1);
  std::map<std::string, headrace::CommandRunner> commands = {
      {"server", headrace::AddServerCommand(&app)},
      {"submit", headrace::AddSubmitCommand(&app)},
      {"sql", headrace::AddSqlCommand(&app)},
      {"checkpoint", headrace::AddCheckpointCommand(&app)},
      {"functions", headrace::AddFunctionsCommand(&app)},
      {"version", headrace::AddVersionCommand(&app)},
  };
  CLI11_PARSE(app, argc, argv);
  int code = commands.at(app.get_subcommands().front()->get_name())();
  std::cout.flush();
  return code;
}
