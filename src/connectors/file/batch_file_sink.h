// `df.write.format(…).save(path)`.
#pragma once

#include <memory>
#include <string>

#include "connector/sink.h"

namespace headrace {

// Null when the mode is `ignore` and the path exists. Error: PATH_ALREADY_EXISTS.
Result<std::unique_ptr<Sink>> OpenBatchFileSink(const SinkSpecification& specification,
                                                SaveMode mode, const ConnectorContext& context);

// Where a file sink writes, absolute; an error when there is no path.
Result<std::string> SinkDirectory(const SinkSpecification& specification);

}  // namespace headrace
