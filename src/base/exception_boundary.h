// Where a thread begins, exceptions of foreign libraries become errors: they must not end the
// process.
#pragma once

#include <exception>
#include <new>

#include "base/error.h"

namespace headrace {

// What `f` returns, a Status or a Result, or an error that tells what it threw.
template <typename F>
auto WithoutExceptions(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("there is not enough memory");
  } catch (const std::exception& exception) {
    return Status::UnknownError("unexpected failure: ", exception.what());
  }
}

}  // namespace headrace
