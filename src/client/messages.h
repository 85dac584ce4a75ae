// The Spark Connect messages, under the short name that this folder uses for their namespace.
#pragma once

#include "spark/connect/base.pb.h"

namespace headrace::client {

namespace messages = ::spark::connect;

}  // namespace headrace::client
