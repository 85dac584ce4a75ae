#include "storage/store_error.h"

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string_view>

#include <arrow/util/io_util.h>

#include "base/java_error.h"
#include "base/remote_path.h"

namespace headrace {

namespace {

bool HoldsOneOf(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

// Azure's shared access signature stands in addresses, which the library tells: their queries go.
std::string WithoutQueries(std::string text) {
  for (size_t scheme = text.find("://"); scheme != std::string::npos;
       scheme = text.find("://", scheme + 1)) {
    const size_t end = std::min(text.find_first_of("'\" \n)", scheme), text.size());
    const size_t query = text.find('?', scheme);
    if (query < end) text.erase(query, end - query);
  }
  return text;
}

}  // namespace

Status StoreError(const Status& failure, const char* operation, const std::string& path) {
  if (failure.ok() || failure.IsCancelled() || ErrorDetail::Get(failure) != nullptr ||
      JavaClassOf(failure) != nullptr) {
    return failure;
  }
  const std::string said = WithoutQueries(failure.message());
  const std::string text = "cannot " + std::string(operation) + " " + path + ": ";
  // The library has no kinds of errors, only texts.
  if (HoldsOneOf(said,
                 {"ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH",
                  "INVALID_CLIENT_TOKEN_ID", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION",
                  "UNRECOGNIZED_CLIENT", "EXPIRED_TOKEN", "HTTP status 401", "HTTP status 403",
                  "InvalidToken", "PERMISSION_DENIED", "UNAUTHENTICATED", "Azure Error: [Auth",
                  "InvalidAuthenticationInfo", "NoAuthenticationInformation", "] 401 ", "] 403 ",
                  "GetToken(): error response"})) {
    return JavaIoError("java.nio.file.AccessDeniedException",
                       text +
                           "the store turns the credentials away. Check the keys and what they may "
                           "do: " +
                           said);
  }
  if (IsAzure(path) && HoldsOneOf(said, {"ContainerNotFound", "FilesystemNotFound",
                                         "container does not exist", "bucket does not exist"})) {
    return JavaIoError(
        "java.io.FileNotFoundException",
        text + "there is no such container. Check its name and the account: " + said);
  }
  if (HoldsOneOf(said, {"NO_SUCH_BUCKET", "allow_bucket_creation", "Bucket not found",
                        "bucket does not exist"})) {
    return JavaIoError("org.apache.hadoop.fs.s3a.UnknownStoreException",
                       text + "there is no such bucket. Check its name and the endpoint: " + said);
  }
  if (arrow::internal::ErrnoFromStatus(failure) == ENOENT) {
    return JavaIoError("java.io.FileNotFoundException", text + "there is no such file: " + said);
  }
  return JavaIoError("java.io.IOException", text + said);
}

}  // namespace headrace
