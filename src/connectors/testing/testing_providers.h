// The two sides of the format of tests.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/sink.h"
#include "connector/source.h"
#include "connectors/testing/numbered_batches.h"

namespace headrace {

inline constexpr char kTestFormat[] = "headrace-test";

Result<NumberedBatches> TestDirectory(const std::optional<std::string>& path,
                                      const ConnectorContext& context);

std::shared_ptr<SourceProvider> MakeTestSourceProvider();
std::shared_ptr<SinkProvider> MakeTestSinkProvider();

}  // namespace headrace
