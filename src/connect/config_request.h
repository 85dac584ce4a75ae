// The Config request: reading and writing a session's configuration.
#pragma once

#include "connect/messages.h"
#include "session/configuration.h"

namespace headrace {

Status AnswerConfig(Configuration* configuration, const messages::ConfigRequest& request,
                    messages::ConfigResponse* response);

}  // namespace headrace
