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
#include "connectors/testing/testing.h"
#include "session/test_control.h"

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

void PrepareForTests(Engine* engine, std::optional<int64_t> clock_us) {
  RegisterTestingConnector(engine->connectors);
  std::shared_ptr<ManualClock> clock;
  if (clock_us) {
    clock = std::make_shared<ManualClock>(*clock_us);
    engine->clock = clock;
  }
  engine->testing = std::make_shared<TestControl>(std::move(clock));
}

}  // namespace headrace
