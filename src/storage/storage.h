// The file systems of a session: which one a path's scheme stands for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/options.h"
#include "storage/store.h"

namespace headrace {

// A file system that hands local paths to `local` and remote ones to their store, which is opened
// when a path first needs it. `settings` is asked each time: stores with the same settings are one
// in the process. The only place that chooses by scheme.
std::shared_ptr<FileSystem> MakeStorage(std::shared_ptr<FileSystem> local,
                                        std::function<StoreSettings()> settings);

// What a session's configuration tells stores: `spark.hadoop.fs.…` and `fs.…`, as in Spark.
StoreSettings StoreSettingsOf(const std::map<std::string, std::string>& configuration);

// `files` with the settings (`fs.…`) among the options of a reader or writer on top of its own; as
// it is when there are none, or when it was not made by MakeStorage.
std::shared_ptr<FileSystem> WithStoreOptions(std::shared_ptr<FileSystem> files,
                                             const Options& options);

}  // namespace headrace
