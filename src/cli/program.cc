#include "cli/program.h"

#include <cstdio>

namespace headrace {

const char kVersion[] = HEADRACE_VERSION;

int Fail(const Status& status) {
  std::fprintf(stderr, "headrace: %s\n", status.message().c_str());
  return 1;
}

}  // namespace headrace
