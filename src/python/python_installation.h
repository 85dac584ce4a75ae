// A Python interpreter and the PySpark in it, which decides how its workers speak.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"

namespace headrace {

// The wire protocol of workers changes with each minor release of PySpark.
enum class WorkerGeneration { k3_5, k4_0, k4_1, k4_2, k4_3 };

struct PythonInstallation {
  std::string interpreter;
  std::string python_version;   // "3.11"
  std::string pyspark_version;  // "4.1.0"
  std::string pyspark_directory;
  WorkerGeneration generation = WorkerGeneration::k4_1;
};

// Asks the interpreter; takes some tens of milliseconds.
Result<PythonInstallation> InspectPython(const std::string& interpreter);
// What `pyspark.__version__` tells of the workers; a version that is not known is refused.
Result<WorkerGeneration> GenerationOf(const std::string& pyspark_version);

}  // namespace headrace
