// The engine in this process, as far as the client knows it.
//
// The client does not see the engine: the library that a program links registers a factory when it
// is loaded.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "client/transport.h"

namespace headrace::client {

// Settings are those of SparkSession::builder(); the engine looks at what must be known before it
// starts (spark.master). The engine ends with the last transport to it.
using EmbeddedServiceFactory =
    std::function<std::shared_ptr<Transport>(const std::map<std::string, std::string>& settings)>;

void RegisterEmbeddedService(EmbeddedServiceFactory factory);

// IllegalArgumentException when the program was linked without an engine.
std::shared_ptr<Transport> ConnectToEmbeddedService(
    const std::map<std::string, std::string>& settings);

}  // namespace headrace::client
