// A sink for tests that keeps what was committed, by batch id, beyond the life of a query.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connector/registry.h"

namespace headrace {

// What a query has made visible. Thread-safe.
class CollectedRows {
 public:
  bool Has(int64_t batch_id) const;
  void Put(int64_t batch_id, std::vector<std::string> rows);
  std::vector<std::string> Of(int64_t batch_id) const;
  std::vector<std::string> All() const;  // in the order of batch ids
  int64_t last_batch_id() const;         // -1: none

 private:
  mutable std::mutex mutex_;
  std::map<int64_t, std::vector<std::string>> batches_;
};

// `format("collect")`; rows become texts "a|b". Idempotent by batch id, as a durable sink is.
std::shared_ptr<SinkProvider> MakeCollectingSink(std::shared_ptr<CollectedRows> rows);

}  // namespace headrace
