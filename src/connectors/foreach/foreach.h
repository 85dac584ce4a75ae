// Sinks that are functions of the user's program, run in Python worker processes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "python/python_function.h"
#include "python/python_runtime.h"

namespace headrace {

// Makes a batch a DataFrame of the session while the function works on it.
struct BatchKeeper {
  // Gives the DataFrame's id.
  std::function<std::string(const std::vector<std::shared_ptr<arrow::RecordBatch>>&)> keep;
  std::function<void(const std::string& id)> forget;
};

// foreachBatch: the whole batch is held in memory, then the function is called once with it, before
// anything of the batch counts as done. A batch that was not committed comes again under its id.
std::shared_ptr<SinkProvider> MakeForeachBatchSink(PythonContextPtr python, PythonFunction function,
                                                   BatchKeeper keeper);

// foreach: each partition's rows go to a worker of its own, which opens, processes and closes.
std::shared_ptr<SinkProvider> MakeForeachSink(PythonContextPtr python, PythonFunction function);

}  // namespace headrace
