#include <cstdio>

#include <CLI/CLI.hpp>
#include <arrow/config.h>
#include <grpcpp/grpcpp.h>

#include "cli/commands.h"
#include "cli/program.h"

namespace headrace {

CommandRunner AddVersionCommand(CLI::App* app) {
  app->add_subcommand("version", "Tell the versions of the program and what it is made of");
  return [] {
    std::printf(
        "headrace %s\nSpark Connect clients 3.5 to 4.3, answers as Spark 4.1\n"
        "Arrow %s, gRPC %s\n",
        kVersion, arrow::GetBuildInfo().version_string.c_str(), grpc::Version().c_str());
    return 0;
  };
}

}  // namespace headrace
