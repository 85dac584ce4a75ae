// Names of Spark Connect's messages, for headers: the definitions (client/messages.h) take seconds
// to compile.
#pragma once

namespace spark::connect {
class Command;
class Expression;
class Expression_SortOrder;
class Plan;
class Relation;
}  // namespace spark::connect

namespace headrace::client {

namespace messages = ::spark::connect;

}  // namespace headrace::client
