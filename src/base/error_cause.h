// Errors that another error led to: a query's failure and what failed in it, a file that cannot be
// read and the line in it. Clients show the whole chain.
#pragma once

#include "base/error.h"

namespace headrace {

// `error`, which must have an ErrorDetail, as the consequence of `cause`.
Status WithCause(const Status& error, Status cause);

// What led to `error`; null when nothing did, or nobody said so.
const Status* CauseOf(const Status& error);

}  // namespace headrace
