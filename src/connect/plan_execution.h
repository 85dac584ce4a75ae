// What an ExecutePlan does: a relation's rows, or a command.
#pragma once

#include "connect/operation.h"
#include "connect/session_table.h"

namespace headrace {

// Runs `plan` and sends its responses, except the one that tells completion. Blocks for as long as
// the work takes.
Status ExecuteOperation(ConnectSession& session, Operation& operation, const messages::Plan& plan);

// Commands that concern streaming queries (streaming_commands.cc).
Status StartStream(ConnectSession& session, Operation& operation,
                   const messages::WriteStreamOperationStart& command);
Status RunStreamingQueryCommand(ConnectSession& session, Operation& operation,
                                const messages::StreamingQueryCommand& command);
Status RunQueryManagerCommand(ConnectSession& session, Operation& operation,
                              const messages::StreamingQueryManagerCommand& command);
Status RunListenerBusCommand(ConnectSession& session, Operation& operation,
                             const messages::StreamingQueryListenerBusCommand& command);

}  // namespace headrace
