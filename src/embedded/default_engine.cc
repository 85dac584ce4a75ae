#include "embedded/default_engine.h"

#include <mutex>

#include "connectors/console/console.h"
#include "connectors/file/file.h"
#include "connectors/kafka/kafka.h"
#include "connectors/memory/memory.h"
#include "connectors/noop/noop.h"
#include "connectors/rate/rate.h"
#include "connectors/socket/socket.h"
#include "connectors/state/state.h"

namespace headrace {

std::shared_ptr<Engine> MakeDefaultEngine(std::shared_ptr<TaskPool> pool) {
  static std::once_flag once;
  std::call_once(once, [] {
    ConnectorRegistry* registry = &ConnectorRegistry::Process();
    RegisterConsoleConnector(registry);
    RegisterFileConnector(registry);
    RegisterKafkaConnector(registry);
    RegisterMemoryConnector(registry);
    RegisterNoopConnector(registry);
    RegisterRateConnector(registry);
    RegisterSocketConnector(registry);
    RegisterStateConnector(registry);
  });
  auto engine = std::make_shared<Engine>();
  if (pool != nullptr) engine->pool = std::move(pool);
  return engine;
}

}  // namespace headrace
