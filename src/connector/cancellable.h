// What sources and relations are, too, that may wait for somebody else: for a broker, say.
#pragma once

#include "base/task_pool.h"

namespace headrace {

class Cancellable {
 public:
  virtual ~Cancellable() = default;
  // Told before anything else is asked; the token outlives the object's use. What waits gives up,
  // with Cancelled, soon after the token is cancelled.
  virtual void SetCancellation(const CancellationToken* cancellation) = 0;
};

// Tells `part` of the token if it is one of those.
template <typename Part>
void OfferCancellation(Part* part, const CancellationToken* cancellation) {
  if (auto* cancellable = dynamic_cast<Cancellable*>(part)) {
    cancellable->SetCancellation(cancellation);
  }
}

}  // namespace headrace
