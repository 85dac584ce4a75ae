#include "client/embedded.h"

#include "client/exception_factory.h"

namespace headrace::client {
namespace {

EmbeddedServiceFactory& Factory() {
  static EmbeddedServiceFactory factory;
  return factory;
}

}  // namespace

void RegisterEmbeddedService(EmbeddedServiceFactory factory) { Factory() = std::move(factory); }

std::shared_ptr<Transport> ConnectToEmbeddedService(
    const std::map<std::string, std::string>& settings) {
  if (Factory() == nullptr) {
    ThrowIllegalArgument("CONNECT_URL_NOT_SET",
                         "This program contains no engine: name a server with "
                         "builder().remote(\"sc://host:15002\") or in SPARK_REMOTE, or link "
                         "headrace::headrace.");
  }
  return Factory()(settings);
}

}  // namespace headrace::client
