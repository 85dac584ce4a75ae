// One task of a pooled worker, as messages: which functions to call, before the rows; what the
// worker tells at its end, after them. The five generations of PySpark differ here only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "python/python_function.h"
#include "python/python_installation.h"
#include "python/table_call.h"
#include "python/worker_stream.h"

namespace headrace {

struct PythonArgument {
  int column = 0;  // of the rows that are sent
  std::string keyword;
};

struct PythonCall {
  std::vector<PythonArgument> arguments;
  std::vector<std::string> commands;  // f(g(x)): g, f
};

struct PythonTask {
  PythonEvaluation evaluation = PythonEvaluation::kNone;
  std::string python_version;
  std::vector<PythonCall> calls;  // kNone: the first one's command is all
  std::map<std::string, std::string> configuration;
  std::string input_schema;              // JSON; kArrowBatched, kTableOfArrowRows
  std::string state_schema;              // JSON; kGroupedMapPandasWithState
  std::string key_schema;                // JSON; transformWithState
  std::optional<PythonTableCall> table;  // of the one call of a table function
  bool is_barrier = false;               // mapInPandas and mapInArrow
  std::string files_directory;
  std::vector<std::string> includes;
};

// Rows travel as pickles, not as Arrow streams.
bool TravelsPickled(PythonEvaluation evaluation);

struct TaskPlace {
  int partition = 0;
  std::optional<int64_t> batch_id;  // of a streaming query
  int state_server_port = 0;        // transformWithState
  int barrier_port = 0;             // of a barrier stage; 0: it is none
  std::string barrier_secret;
};

void PutTask(const PythonTask& task, const TaskPlace& place, WorkerGeneration generation,
             FrameWriter* frames);
// The marker after the last result was read: reads the rest. True: the worker takes another task.
Result<bool> ReadTaskEnd(WorkerStream* stream, WorkerGeneration generation);
// A negative length where a result could be: the traceback, or nothing at kTimingData.
Status CheckMarker(WorkerStream* stream, int32_t marker);

}  // namespace headrace
