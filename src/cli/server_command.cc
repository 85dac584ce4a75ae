#include <csignal>
#include <cstdio>
#include <memory>
#include <pthread.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/program.h"
#include "connect/grpc_server.h"
#include "embedded/default_engine.h"

namespace headrace {
namespace {

// Waits for SIGINT or SIGTERM. They must be blocked in all threads, so this is made first.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void Wait() {
    int signal = 0;
    sigwait(&signals_, &signal);
    // A second one ends the process at once.
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  }

 private:
  sigset_t signals_;
};

int RunServer(const GrpcServerOptions& options) {
  EndSignals signals;
  auto service = std::make_shared<ConnectService>(MakeDefaultEngine());
  auto server = GrpcServer::Start(service, options);
  if (!server.ok()) return Fail(server.status());
  std::printf("headrace %s listening on sc://%s:%d\n", kVersion, (*server)->host().c_str(),
              (*server)->port());
  std::fflush(stdout);
  signals.Wait();
  return 0;
}

}  // namespace

CommandRunner AddServerCommand(CLI::App* app) {
  auto options = std::make_shared<GrpcServerOptions>();
  options->host = "localhost";
  auto* command = app->add_subcommand("server", "Answer PySpark programs (Spark Connect)");
  command->add_option("--host", options->host, "Loopback address to listen on")
      ->capture_default_str();
  command->add_option("--port", options->port, "Port to listen on; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  return [options] { return RunServer(*options); };
}

}  // namespace headrace
