// The function of foreachBatch, somewhere in a Python process: called once for each batch.
#pragma once

#include <memory>
#include <string>

#include "python/python_function.h"
#include "python/python_runtime.h"

namespace headrace {

class BatchFunction {
 public:
  virtual ~BatchFunction() = default;
  // Calls the function with the DataFrame that the session keeps under `dataframe_id`. Returns when
  // it has returned; FOREACH_BATCH_USER_FUNCTION_ERROR when it raised. Ends early with Cancelled.
  virtual Status Call(const std::string& dataframe_id, int64_t batch_id,
                      const CancellationToken* cancellation) = 0;
};

// Starts the worker process and makes it load the function, so that what cannot be loaded fails
// here. Under `headrace submit` the function stays in the program, which is asked to call it.
Result<std::unique_ptr<BatchFunction>> StartBatchFunction(PythonContextPtr context,
                                                          const PythonFunction& function);

}  // namespace headrace
