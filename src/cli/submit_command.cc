// `headrace submit app.py`: a private server in this process, the program in a child process.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/program.h"
#include "connect/grpc_server.h"
#include "embedded/default_engine.h"

namespace headrace {
namespace {

constexpr char kWrapper[] =
#include "generated/submit_wrapper.inc"
    ;
// Keeps the wrapper's names out of the program's __main__. PySpark 4.2 takes a main module without
// __file__ for its own doctests, and ends the process.
constexpr char kBootstrap[] =
    "import os, sys, types; __file__ = sys.argv[1]; wrapper = types.ModuleType('headrace_submit'); "
    "exec(compile(os.environ.pop('HEADRACE_SUBMIT_WRAPPER'), 'headrace submit', 'exec'), "
    "wrapper.__dict__); wrapper.main()";

struct SubmitOptions {
  std::vector<std::string> command;  // the program and its arguments
  std::string name;
  std::vector<std::string> configurations;
  std::string properties_file;
  std::vector<std::string> python_files, files, archives;
  std::vector<std::string> ignored;
  bool ignored_flag = false;
};

// Options of spark-submit that mean nothing to a native engine.
constexpr const char* kIgnoredOptions[] = {"--master",
                                           "--deploy-mode",
                                           "--packages",
                                           "--exclude-packages",
                                           "--repositories",
                                           "--jars",
                                           "--driver-memory",
                                           "--driver-cores",
                                           "--driver-java-options",
                                           "--driver-class-path",
                                           "--driver-library-path",
                                           "--executor-memory",
                                           "--executor-cores",
                                           "--num-executors",
                                           "--total-executor-cores",
                                           "--queue"};

// A directory that only this user can look into, for the socket behind which the program waits to
// have its functions called. Gone with the object.
class PrivateDirectory {
 public:
  PrivateDirectory() {
    const char* temporary = std::getenv("TMPDIR");
    path_ = std::string(temporary && *temporary ? temporary : "/tmp") + "/headrace-submit-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~PrivateDirectory() {
    unlink(socket().c_str());
    rmdir(path_.c_str());
  }
  std::string socket() const { return path_.empty() ? "" : path_ + "/functions"; }

 private:
  std::string path_;
};

// The child that signals are handed on to; 0 when there is none.
volatile sig_atomic_t child_process = 0;

void HandOn(int signal) {
  if (child_process > 0) kill(static_cast<pid_t>(child_process), signal);
}

Result<int> RunProgram(const SubmitOptions& options, const PythonRuntime& runtime, int port) {
  nlohmann::json settings = {{"name", options.name},
                             {"configuration", options.configurations},
                             {"properties_file", options.properties_file},
                             {"python_files", options.python_files},
                             {"files", options.files},
                             {"archives", options.archives},
                             {"functions_socket", runtime.settings().program_functions}};
  std::string python = runtime.default_interpreter();
  setenv("HEADRACE_SUBMIT_WRAPPER", kWrapper, 1);
  setenv("HEADRACE_SUBMIT_SETTINGS", settings.dump().c_str(), 1);
  setenv("SPARK_REMOTE", ("sc://localhost:" + std::to_string(port)).c_str(), 1);
  std::vector<std::string> arguments = {python, "-c", kBootstrap};
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  // Ctrl-C reaches the child by itself, which is in the same process group; it decides.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, HandOn);
  std::signal(SIGHUP, HandOn);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) return Status::IOError("cannot start another process");
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGHUP, SIG_DFL);
    std::signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // not to outlive a killed parent
    if (getppid() != parent) _exit(1);
    execvp(pointers[0], pointers.data());
    _exit(127);
  }
  child_process = child;
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  child_process = 0;
  if (WIFSIGNALED(state)) return 128 + WTERMSIG(state);
  if (WEXITSTATUS(state) == 127) {
    std::fprintf(stderr,
                 "headrace: %s ended with exit code 127. If it could not be started, set "
                 "PYSPARK_PYTHON to a Python that has PySpark.\n",
                 python.c_str());
  }
  return WEXITSTATUS(state);
}

int Submit(const SubmitOptions& options) {
  const PrivateDirectory directory;
  PythonSettings python;
  python.keep_secrets = true;  // whose server this is
  python.program_functions = directory.socket();
  auto engine = MakeDefaultEngine();
  engine->python = std::make_shared<PythonRuntime>(python);
  auto service = std::make_shared<ConnectService>(engine);
  auto server = GrpcServer::Start(service, {"localhost", 0});
  if (!server.ok()) return Fail(server.status());
  auto code = RunProgram(options, *engine->python, (*server)->port());
  if (!code.ok()) return Fail(code.status());
  return *code;
}

}  // namespace

CommandRunner AddSubmitCommand(CLI::App* app) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command =
      app->add_subcommand("submit", "Run a PySpark program on a private server that ends with it");
  command->add_option("--name", options->name, "Name of the application");
  command->add_option("--conf,-c", options->configurations, "Configuration, key=value")
      ->expected(-1)
      ->allow_extra_args(false);
  command->add_option("--properties-file", options->properties_file,
                      "File of configuration, a `key value` or `key=value` a line");
  auto add_files = [command](const char* name, std::vector<std::string>* paths, const char* help) {
    command->add_option(name, *paths, help)->delimiter(',')->expected(-1)->allow_extra_args(false);
  };
  add_files("--py-files", &options->python_files, "Python files, separated by commas");
  add_files("--files", &options->files, "Files for the program's functions, separated by commas");
  add_files("--archives", &options->archives,
            "Archives to be unpacked for them, separated by commas; PATH#FOLDER names the folder");
  for (const char* name : kIgnoredOptions) {
    command->add_option(name, options->ignored, "Accepted, without effect")
        ->expected(-1)
        ->allow_extra_args(false)
        ->group("");
  }
  command->add_flag("--verbose,-v,--supervise", options->ignored_flag, "Accepted, without effect")
      ->group("");
  // Everything from the first argument that is no option of ours belongs to the program.
  command->prefix_command();
  command->footer("usage: headrace submit [OPTIONS] app.py [ARGUMENTS of the program]");
  return [options, command] {
    options->command = command->remaining();
    if (options->command.empty()) {
      return Fail(Status::Invalid("which program? usage: headrace submit [OPTIONS] app.py [ARGS]"));
    }
    if (options->command.front().starts_with("-")) {
      return Fail(Status::Invalid("submit has no option ", options->command.front()));
    }
    return Submit(*options);
  };
}

}  // namespace headrace
