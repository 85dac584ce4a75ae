#include "connectors/state/state.h"

#include "connectors/state/state_sources.h"

namespace headrace {

void RegisterStateConnector(ConnectorRegistry* registry) {
  registry->AddSource("statestore", MakeStateStoreProvider());
  registry->AddSource("state-metadata", MakeStateMetadataProvider());
}

}  // namespace headrace
