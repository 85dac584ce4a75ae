// Named points at which tests make the process die or fail.
//
// `HEADRACE_INJECT("offset-log.synced")` returns the injected Status from the enclosing function
// when a test armed that point; otherwise it costs one relaxed atomic load. A point is armed in
// the process (`ArmInjection`) or through the environment: HEADRACE_INJECT="name[:count]=crash"
// (crash at the count-th passage, default the first; `_exit(137)` without destructors) or
// "name=error". All names are listed in injection.cc; an unknown name is refused at arming.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

enum class InjectionAction { kCrash, kError };

Status ArmInjection(const std::string& point, int passage, InjectionAction action);
void DisarmInjections();
std::vector<std::string> InjectionPoints();

namespace internal {
extern std::atomic<bool> injections_armed;
Status PassInjection(const char* point);
}  // namespace internal

#define HEADRACE_INJECT(point)                                                    \
  do {                                                                            \
    if (::headrace::internal::injections_armed.load(std::memory_order_relaxed)) { \
      ARROW_RETURN_NOT_OK(::headrace::internal::PassInjection(point));            \
    }                                                                             \
  } while (false)

}  // namespace headrace
