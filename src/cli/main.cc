#include <algorithm>
#include <csignal>
#include <iostream>
#include <malloc.h>
#include <map>
#include <thread>

#include <CLI/CLI.hpp>

#include "cli/commands.h"

int main(int argc, char** argv) {
  // A reader of our output or a peer that goes away is an error of that write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  // Batches take and free the same megabytes again and again: what is free stays within reach up to
  // a limit, or the kernel would have to clear the same pages for each batch. The limit is that of
  // one arena. There are many more threads than cores, and each query brings some of its own: with
  // an arena for each thread, what is free would add up.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
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
