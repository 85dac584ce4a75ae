// A Spark Connect server over gRPC: Headrace's or Apache Spark's.
#pragma once

#include <memory>

#include "client/connection_url.h"
#include "client/retry_policy.h"
#include "client/transport.h"

namespace headrace::client {

// Connects when first used. Operations are reattachable: a stream that breaks, or that the server
// ends early, is continued where it stopped.
std::shared_ptr<Transport> MakeGrpcTransport(const ConnectionUrl& url,
                                             const RetryPolicy& policy = {});

}  // namespace headrace::client
