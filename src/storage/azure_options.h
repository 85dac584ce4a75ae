// An account of Azure and who asks it, by Hadoop's settings.
#pragma once

#include <string>

#include <arrow/filesystem/azurefs.h>

#include "storage/store.h"

namespace headrace {

struct AzureContainer {
  std::string name;
  arrow::fs::AzureOptions account;
};

// `scheme` and `authority` as those of OpenAzure. A setting `fs.azure.<name>.<account's host>` goes
// before `fs.azure.<name>`. Asks no network.
Result<AzureContainer> ReadAzureSettings(const std::string& scheme, const std::string& authority,
                                         const StoreSettings& settings);

}  // namespace headrace
