// Stores of files on other machines, opened through Arrow by settings that bear Hadoop's names.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <arrow/filesystem/filesystem.h>

#include "base/error.h"

namespace headrace {

// By Hadoop's names: `fs.s3a.endpoint`. Values may be secrets.
using StoreSettings = std::map<std::string, std::string>;

// A bucket, which Azure calls a container.
struct Store {
  std::shared_ptr<arrow::fs::FileSystem> files;
  std::string root;        // of Arrow's paths: "bucket"
  bool can_abort = false;  // output streams have Abort(), which writes nothing more
  // Lists of one directory lack those below it that only names imply.
  bool hides_directories = false;
  // An object is there, empty, as soon as it is opened: what is being written needs another name.
  bool shows_unfinished = false;
  // Nothing can be moved into a directory that does not exist.
  bool moves_need_directory = false;
};

// `authority`: what stands between `s3a://` and the next slash. Refuse settings that could change a
// result and that they do not know, by name.
Result<Store> OpenS3(const std::string& authority, const StoreSettings& settings);
Result<Store> OpenGcs(const std::string& authority, const StoreSettings& settings);
// `scheme`: abfs, abfss, wasb or wasbs; `authority`: "container@account.dfs.core.windows.net".
Result<Store> OpenAzure(const std::string& scheme, const std::string& authority,
                        const StoreSettings& settings);

}  // namespace headrace
