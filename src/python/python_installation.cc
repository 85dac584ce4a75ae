#include "python/python_installation.h"

#include <cstdio>
#include <sstream>

#include "python/child_process.h"
#include "python/worker_environment.h"

namespace headrace {
namespace {

constexpr int kTimeoutMs = 60000;
constexpr size_t kLongestAnswer = 8 << 10;

// Importing pyspark takes seconds; its version stands in a file.
constexpr char kQuestion[] =
    "import importlib.util, os, sys\n"
    "spec = importlib.util.find_spec('pyspark')\n"
    "if spec is None: sys.exit('there is no pyspark')\n"
    "names = {}\n"
    "place = os.path.dirname(spec.origin)\n"
    "exec(open(os.path.join(place, 'version.py')).read(), names)\n"
    "print('%d.%d' % sys.version_info[:2], names['__version__'], place, flush=True)\n";

Status Unusable(const std::string& interpreter, const std::string& why) {
  return MakeError(ErrorKind::kSpark, "",
                   "The Python " + interpreter + " cannot run the program's functions: " + why +
                       ". Name the program's own Python with PYSPARK_PYTHON or "
                       "spark.pyspark.python.");
}

}  // namespace

Result<WorkerGeneration> GenerationOf(const std::string& pyspark_version) {
  constexpr std::pair<const char*, WorkerGeneration> kKnown[] = {
      {"3.5.", WorkerGeneration::k3_5}, {"4.0.", WorkerGeneration::k4_0},
      {"4.1.", WorkerGeneration::k4_1}, {"4.2.", WorkerGeneration::k4_2},
      {"4.3.", WorkerGeneration::k4_3},
  };
  for (const auto& [prefix, generation] : kKnown) {
    if (pyspark_version.starts_with(prefix)) return generation;
  }
  return NotSupported("Python workers of PySpark " + pyspark_version,
                      "PySpark 3.5 and 4.0 to 4.3 are supported.");
}

Result<PythonInstallation> InspectPython(const std::string& interpreter) {
  ARROW_ASSIGN_OR_RAISE(
      auto process,
      ChildProcess::Start({{interpreter, "-c", kQuestion}, WorkerEnvironment({}), 0}));
  std::string answer = process->ReadHeader(kLongestAnswer, kTimeoutMs);
  std::string errors;
  process->Forward([](const std::string&) {}, [&](const std::string& line) { errors = line; });
  process->AwaitExit(kTimeoutMs);
  const std::string end = process->DescribeEnd();
  process->AwaitErrors();
  PythonInstallation installation{interpreter, "", "", "", {}};
  std::istringstream words(answer);
  if (!(words >> installation.python_version >> installation.pyspark_version)) {
    return Unusable(interpreter, errors.empty() ? end : errors);
  }
  std::getline(words >> std::ws, installation.pyspark_directory);
  ARROW_ASSIGN_OR_RAISE(installation.generation, GenerationOf(installation.pyspark_version));
  return installation;
}

}  // namespace headrace
