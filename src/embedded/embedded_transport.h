// The C++ API's way to the service in its own process: no socket, no bytes, the same messages.
#pragma once

#include <memory>

#include "client/transport.h"
#include "connect/service.h"

namespace headrace {

// Operations end when their caller leaves; the service lives at least as long as the transport.
std::shared_ptr<client::Transport> MakeEmbeddedTransport(std::shared_ptr<ConnectService> service);

}  // namespace headrace
