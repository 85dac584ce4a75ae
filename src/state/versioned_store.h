// A state store as its provider sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "state/state_history.h"
#include "state/state_store.h"

namespace headrace {

class VersionedStore : public StateStore {
 public:
  explicit VersionedStore(std::shared_ptr<StateHistory> history) : history_(std::move(history)) {}

  const StateStoreDeclaration& declaration() const override { return history_->declaration(); }
  const std::shared_ptr<StateHistory>& history() const { return history_; }

  virtual Status Load(int64_t version) = 0;
  // Whether it is exactly the committed version.
  virtual bool IsAt(int64_t version) const = 0;
  virtual void CountOpening(bool hit) = 0;
  virtual int64_t memory_bytes() const = 0;
  // Makes the snapshot of `version`, at which the store is or was; for another thread, at any time.
  virtual std::function<Status()> SnapshotOf(int64_t version) = 0;

 protected:
  Status CannotCommit(int64_t version, const std::string& cause) const {
    const std::string path = history_->PathOf(StateFileIdentity::Kind::kDelta, version);
    return MakeError(ErrorKind::kSpark, "CANNOT_WRITE_STATE_STORE.CANNOT_COMMIT",
                     "The state could not be committed as " + path + ": " + cause + ".",
                     {{"providerClass", "Headrace"}});
  }

  // Spark's name for the last version that has a snapshot (-1: none since the start).
  std::string SnapshotMetric() const {
    return "SnapshotLastUploaded.partition_" + std::to_string(history_->partition()) + "_" +
           declaration().name;
  }

  const std::shared_ptr<StateHistory> history_;
};

}  // namespace headrace
