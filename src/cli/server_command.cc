#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
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

struct ServerOptions {
  GrpcServerOptions network;
  bool no_python = false;
  bool testing = false;
  std::optional<int64_t> clock_us;
};

int RunServer(const ServerOptions& options) {
  EndSignals signals;
  auto engine = MakeDefaultEngine();
  PythonSettings python;
  python.allowed = !options.no_python;
  engine->python = std::make_shared<PythonRuntime>(python);
  if (options.testing) PrepareForTests(engine.get(), options.clock_us);
  auto service = std::make_shared<ConnectService>(engine);
  auto server = GrpcServer::Start(service, options.network);
  if (!server.ok()) return Fail(server.status());
  std::printf("headrace %s listening on sc://%s:%d\n", kVersion, (*server)->host().c_str(),
              (*server)->port());
  std::fflush(stdout);
  signals.Wait();
  return 0;
}

}  // namespace

CommandRunner AddServerCommand(CLI::App* app) {
  auto options = std::make_shared<ServerOptions>();
  options->network.host = "localhost";
  auto* command = app->add_subcommand("server", "Answer PySpark programs (Spark Connect)");
  command->add_option("--host", options->network.host, "Loopback address to listen on")
      ->capture_default_str();
  command->add_option("--port", options->network.port, "Port to listen on; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_flag("--no-python", options->no_python,
                    "Refuse Python code of clients: foreachBatch, foreach, functions");
  auto* testing = command->add_flag("--testing", options->testing,
                                    "Let clients inject crashes and use the format headrace-test "
                                    "(docs/testing.md); not for production");
  command
      ->add_option("--testing-clock", options->clock_us,
                   "Start the clock here, in microseconds since the epoch; only clients move it")
      ->needs(testing);
  return [options] { return RunServer(*options); };
}

}  // namespace headrace
