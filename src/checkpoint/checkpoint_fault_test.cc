// Checkpoints under failing calls and power loss.
#include <cerrno>

#include <gtest/gtest.h>

#include "base/fault_file_system.h"
#include "base/injection.h"
#include "base/memory_file_system.h"
#include "checkpoint/checkpoint.h"

namespace headrace {
namespace {

// Opens the checkpoint, finishes what was begun and runs batches up to `batches`; the way of a
// query without sources and sinks, which finds no data after every second batch. What `durable`
// holds must survive everything.
struct Durable {
  std::string query_id;
  int64_t offsets = -1;  // last id whose call returned OK
  int64_t commits = -1;  // the same; survives the process
  int64_t synced_commits = -1;
};

Status RunQuery(const std::shared_ptr<FileSystem>& files, Random* random, int64_t batches,
                Durable* durable) {
  ARROW_ASSIGN_OR_RAISE(const auto checkpoint, Checkpoint::Open("/c", files, random));
  durable->query_id = checkpoint->query_id();
  ARROW_ASSIGN_OR_RAISE(const RecoveryState state, checkpoint->Recover());
  const auto commit = [&](int64_t id) -> Status {
    ARROW_RETURN_NOT_OK(checkpoint->LogCommit(id, {id}));
    durable->commits = id;
    if (id % 2 == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(checkpoint->SyncCommits());
    durable->synced_commits = id;
    return Status::OK();
  };
  // An entry is there though its call failed, when only the sync of the directory did.
  durable->offsets = state.next_batch_id - 1;
  if (!state.uncommitted) durable->commits = durable->synced_commits = durable->offsets;
  if (state.uncommitted) {
    ARROW_RETURN_NOT_OK(commit(state.uncommitted->batch_id));
  }
  for (int64_t id = state.next_batch_id; id < batches; ++id) {
    OffsetLogEntry entry;
    entry.offsets = {std::to_string(id)};
    ARROW_RETURN_NOT_OK(checkpoint->LogOffsets(id, entry));
    durable->offsets = id;
    ARROW_RETURN_NOT_OK(commit(id));
    ARROW_RETURN_NOT_OK(checkpoint->Purge(id, 3));
  }
  return checkpoint->SyncCommits();
}

void ExpectSurvived(const std::shared_ptr<MemoryFileSystem>& files, Random* random,
                    const Durable& durable, bool power_failed) {
  const auto checkpoint = Checkpoint::Open("/c", files, random).ValueOrDie();
  if (!durable.query_id.empty()) {
    EXPECT_EQ(checkpoint->query_id(), durable.query_id);
  }
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  const int64_t latest = state.next_batch_id - 1;
  // What was attempted last may be there or not, what was confirmed must.
  EXPECT_GE(latest, durable.offsets);
  EXPECT_LE(latest, durable.offsets + 1);
  if (latest >= 0) {
    EXPECT_EQ(state.last->offsets[0], std::to_string(latest));
  }
  const int64_t committed = state.uncommitted ? latest - 1 : latest;
  EXPECT_GE(committed, power_failed ? durable.synced_commits : durable.commits);
  for (const auto& [path, content] : files->Files()) {
    EXPECT_FALSE(path.ends_with(".tmp")) << path;
  }
}

TEST(CheckpointFaultTest, EveryCallMayFail) {
  constexpr int64_t kBatches = 6;
  int64_t runs = 0;
  for (const int error : {EIO, ENOSPC, EMFILE}) {
    for (const bool forever : {false, true}) {
      for (int64_t call = 1;; ++call, ++runs) {
        const auto random = Random::Seeded(static_cast<uint64_t>(call));
        const auto memory = std::make_shared<MemoryFileSystem>();
        const auto files = std::make_shared<FaultFileSystem>(memory);
        files->FailAt(call, error, forever);
        Durable durable;
        const Status status = RunQuery(files, random.get(), kBatches, &durable);
        const bool failed = files->failed();
        files->Heal();
        ExpectSurvived(memory, random.get(), durable, /*power_failed=*/false);
        ASSERT_TRUE(RunQuery(files, random.get(), kBatches, &durable).ok());
        EXPECT_EQ(durable.commits, kBatches - 1);
        if (!failed) break;
      }
    }
  }
  EXPECT_GT(runs, 300);
}

// A batch that was begun before a crash is run again. Were its entry lost afterwards, the batch
// would get other offsets at the next start, though sinks have it already.
TEST(CheckpointFaultTest, RecoveredEntryIsDurableBeforeAnythingIsBuiltOnIt) {
  const auto random = Random::Seeded(1);
  const auto files = std::make_shared<MemoryFileSystem>();
  OffsetLogEntry entry;
  entry.offsets = {"7"};
  {
    const auto checkpoint = Checkpoint::Open("/c", files, random.get()).ValueOrDie();
    ASSERT_TRUE(ArmInjection("offset-log.renamed", 1, InjectionAction::kError).ok());
    ASSERT_FALSE(checkpoint->LogOffsets(0, entry).ok());
    DisarmInjections();
  }
  ASSERT_TRUE(Checkpoint::Open("/c", files, random.get()).ValueOrDie()->Recover().ok());
  files->LosePower(MemoryFileSystem::Loss::kEverything, nullptr);
  const auto checkpoint = Checkpoint::Open("/c", files, random.get()).ValueOrDie();
  const RecoveryState state = checkpoint->Recover().ValueOrDie();
  ASSERT_TRUE(state.uncommitted);
  EXPECT_EQ(state.uncommitted->entry.offsets, entry.offsets);
}

// The name of a commit may reach the disk before its content does.
TEST(CheckpointFaultTest, CommitWithoutContentIsNone) {
  for (const std::string content : {std::string(), std::string(29, '\0')}) {
    const auto random = Random::Seeded(1);
    const auto files = std::make_shared<MemoryFileSystem>();
    Durable durable;
    ASSERT_TRUE(RunQuery(files, random.get(), 3, &durable).ok());
    files->Overwrite("/c/commits/2", content);
    const RecoveryState state =
        Checkpoint::Open("/c", files, random.get()).ValueOrDie()->Recover().ValueOrDie();
    ASSERT_TRUE(state.uncommitted);
    EXPECT_EQ(state.uncommitted->batch_id, 2);
    ASSERT_TRUE(RunQuery(files, random.get(), 4, &durable).ok());
    EXPECT_EQ(durable.synced_commits, 3);
  }
}

TEST(CheckpointFaultTest, PowerMayFailAtEveryPoint) {
  constexpr int64_t kBatches = 3;
  for (const std::string& point : InjectionPoints()) {
    if (!point.starts_with("offset-log") && !point.starts_with("commit-log") &&
        !point.starts_with("metadata") && point != "log.purge") {
      continue;
    }
    for (int passage = 1; passage <= 2; ++passage) {
      for (uint64_t seed = 0; seed < 40; ++seed) {
        const auto random = Random::Seeded(seed);
        const auto files = std::make_shared<MemoryFileSystem>();
        Durable durable;
        ASSERT_TRUE(ArmInjection(point, passage, InjectionAction::kError).ok());
        (void)RunQuery(files, random.get(), kBatches, &durable);
        DisarmInjections();
        files->LosePower(
            seed == 0 ? MemoryFileSystem::Loss::kEverything : MemoryFileSystem::Loss::kRandom,
            random.get());
        ExpectSurvived(files, random.get(), durable, /*power_failed=*/true);
        ASSERT_TRUE(RunQuery(files, random.get(), kBatches, &durable).ok()) << point;
        EXPECT_EQ(durable.commits, kBatches - 1);
      }
    }
  }
}

}  // namespace
}  // namespace headrace
