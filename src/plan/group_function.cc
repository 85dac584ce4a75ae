#include "plan/group_function.h"

namespace headrace {

const char* NameOf(GroupFunctionCall::Kind kind) {
  switch (kind) {
    case GroupFunctionCall::Kind::kMapGroupsWithState:
      return "mapGroupsWithState";
    case GroupFunctionCall::Kind::kFlatMapGroupsWithState:
      return "flatMapGroupsWithState";
    case GroupFunctionCall::Kind::kTransformWithState:
      break;
  }
  return "transformWithState";
}

}  // namespace headrace
