// The providers of the two sources, and what they ask of a read.
#pragma once

#include <memory>
#include <string>

#include "connector/source.h"

namespace headrace {

std::shared_ptr<SourceProvider> MakeStateStoreProvider();
std::shared_ptr<SourceProvider> MakeStateMetadataProvider();

// The one path of the read. Error: STDS_REQUIRED_OPTION_UNSPECIFIED.
Result<std::string> CheckpointPath(const SourceSpecification& specification);
// The sources have schemas of their own.
Status RefuseSchema(const SourceSpecification& specification, const std::string& provider);

}  // namespace headrace
