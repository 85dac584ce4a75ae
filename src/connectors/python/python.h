// Data sources that programs write in Python and register with their session, as sources and sinks
// of streams and batches.
#pragma once

#include <functional>
#include <memory>

#include "connector/sink.h"
#include "connector/source.h"
#include "python/data_source.h"

namespace headrace {

// How Python code of the session runs, as of now.
using PythonContextMaker = std::function<Result<PythonContextPtr>()>;

std::shared_ptr<SourceProvider> MakePythonSource(PythonContextMaker python, DataSourceClass source);

// A streaming batch is committed by calling the writer's commit() with its id; after a crash it may
// be called again for the same id, which the writer is to recognise.
std::shared_ptr<SinkProvider> MakePythonSink(PythonContextMaker python, DataSourceClass source);

}  // namespace headrace
