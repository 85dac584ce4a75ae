// What Arrow says of a store, as the error that Hadoop's client of the store would throw.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// `failure` of an operation ("read") on `path`: java.nio.file.AccessDeniedException when the store
// turned the credentials away, …UnknownStoreException when there is no such bucket,
// java.io.FileNotFoundException when there is no such file or no such container of Azure, else
// java.io.IOException. Secrets that the failure tells are left out. OK stays OK.
Status StoreError(const Status& failure, const char* operation, const std::string& path);

template <typename T>
Result<T> StoreResult(Result<T> result, const char* operation, const std::string& path) {
  if (result.ok()) return result;
  return StoreError(result.status(), operation, path);
}

}  // namespace headrace
