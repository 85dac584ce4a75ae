#include "cli/program_engine.h"

#include <cstdio>

#include "connectors/console/console.h"
#include "connectors/file/file.h"
#include "connectors/memory/memory.h"
#include "connectors/noop/noop.h"
#include "connectors/rate/rate.h"
#include "connectors/socket/socket.h"

namespace headrace {

const char kVersion[] = HEADRACE_VERSION;

std::shared_ptr<Engine> MakeProgramEngine() {
  auto engine = std::make_shared<Engine>();
  RegisterConsoleConnector(engine->connectors);
  RegisterFileConnector(engine->connectors);
  RegisterMemoryConnector(engine->connectors);
  RegisterNoopConnector(engine->connectors);
  RegisterRateConnector(engine->connectors);
  RegisterSocketConnector(engine->connectors);
  return engine;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "headrace: %s\n", status.message().c_str());
  return 1;
}

}  // namespace headrace
