// Results are handed on in order while they are made, and made no faster than they are taken.
#include "operators/ordered_result.h"

#include <atomic>

#include <arrow/array/array_primitive.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/rows.h"
#include "operators/testing/plans.h"
#include "operators/testing/running.h"

namespace headrace {
namespace {

using namespace testing;

// Each partition gives so many batches of one column of ~64 KiB: the number of the partition.
class Numbers final : public BatchScan {
 public:
  Numbers(int partitions, int batches) : partitions_(partitions), batches_(batches) {}
  SchemaPtr schema() const override {
    return arrow::schema({arrow::field("n", arrow::int64(), false)});
  }
  std::string Description() const override { return "numbers"; }
  Result<PartitionReaders> Read(const ScanRequest&) override {
    PartitionReaders readers;
    for (int i = 0; i < partitions_; ++i) readers.push_back(std::make_unique<Reader>(this, i));
    return readers;
  }

  std::atomic<int> made{0};

 private:
  class Reader final : public PartitionReader {
   public:
    Reader(Numbers* numbers, int64_t number) : numbers_(numbers), number_(number) {}
    Result<BatchPtr> Next() override {
      if (given_++ == numbers_->batches_) return BatchPtr();
      ++numbers_->made;
      auto column = arrow::MakeArrayFromScalar(arrow::Int64Scalar(number_), kBatchRows);
      return MakeBatch(numbers_->schema(), kBatchRows, {*column});
    }

   private:
    Numbers* numbers_;
    const int64_t number_;
    int given_ = 0;
  };

  const int partitions_, batches_;
};

std::shared_ptr<PhysicalPlan> PlanOf(const std::shared_ptr<Numbers>& numbers,
                                     const PhysicalNodePtr& root) {
  auto plan = std::make_shared<PhysicalPlan>();
  plan->scans.resize(1);
  plan->scans[0].batch_scan = numbers;
  plan->scans[0].request = {{"n"}, {}};
  plan->root = root;
  return plan;
}

Status RunPlan(const std::shared_ptr<PhysicalPlan>& plan, int threads,
               const OrderedResult::Consumer& consume) {
  InstanceOptions options;
  options.pool = TaskPool::Create(threads);
  options.shuffle_partitions = 8;
  return RunBatchPlan(plan, ConnectorContext{}, options, nullptr, 0, consume);
}

int64_t FirstOf(const BatchPtr& batch) {
  return static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0);
}

TEST(OrderedResultTest, RowsComeInTheOrderOfTheirPartitions) {
  for (const int threads : {1, 2, 4}) {
    auto numbers = std::make_shared<Numbers>(20, 30);
    std::vector<int64_t> given;
    ASSERT_TRUE(
        RunPlan(PlanOf(numbers, Scan(numbers->schema())), threads, [&](const BatchPtr& batch) {
          given.push_back(FirstOf(batch));
          return Status::OK();
        }).ok());
    EXPECT_EQ(given.size(), 600u);
    EXPECT_TRUE(std::is_sorted(given.begin(), given.end()));
  }
}

// 64 KiB a batch: some 8 MiB of the partition whose turn it is, as much of others.
constexpr int kFarthestAhead = 2 * 128 + 16;

TEST(OrderedResultTest, NoMoreIsReadThanTheReceiverTakes) {
  for (const int threads : {1, 2, 4}) {
    auto numbers = std::make_shared<Numbers>(6, 100'000);
    int taken = 0, farthest = 0;
    const Status ended =
        RunPlan(PlanOf(numbers, Scan(numbers->schema())), threads, [&](const BatchPtr&) {
          farthest = std::max(farthest, numbers->made - taken);
          return ++taken < 1'000 ? Status::OK() : Status::Cancelled("enough");
        });
    EXPECT_TRUE(ended.IsCancelled());
    EXPECT_EQ(taken, 1'000);
    EXPECT_LE(farthest, kFarthestAhead) << threads << " threads";
    EXPECT_LE(numbers->made, 1'000 + kFarthestAhead);
  }
}

TEST(OrderedResultTest, PartitionsThatWereReadAheadAreNoReasonToStop) {
  // The first partition is the longest by far: the others fill up while it is read, and wait.
  auto numbers = std::make_shared<Numbers>(3, 300);
  int64_t rows = 0;
  ASSERT_TRUE(RunPlan(PlanOf(numbers, Scan(numbers->schema())), 3, [&](const BatchPtr& batch) {
                rows += batch->num_rows();
                return Status::OK();
              }).ok());
  EXPECT_EQ(rows, 3 * 300 * kBatchRows);
}

TEST(OrderedResultTest, AnOperatorThatHoldsRowsBackLosesNone) {
  auto numbers = std::make_shared<Numbers>(9, 30);
  auto sorted = Node(PhysicalKind::kSort, {Scan(numbers->schema())});
  sorted->orders = {{Column(sorted, "n"), true, true}};
  int64_t rows = 0;
  ASSERT_TRUE(RunPlan(PlanOf(numbers, sorted), 2, [&](const BatchPtr& batch) {
                rows += batch->num_rows();
                return Status::OK();
              }).ok());
  EXPECT_EQ(rows, 9 * 30 * kBatchRows);
}

TEST(OrderedResultTest, PartitionsBehindAnExchangeAreMadeWhenTheirTurnComes) {
  auto numbers = std::make_shared<Numbers>(64, 10);
  const auto exchange = Exchange(Scan(numbers->schema()), {0});
  int64_t rows = 0;
  ASSERT_TRUE(RunPlan(PlanOf(numbers, exchange), 2, [&](const BatchPtr& batch) {
                rows += batch->num_rows();
                return Status::OK();
              }).ok());
  EXPECT_EQ(rows, 64 * 10 * kBatchRows);
}

}  // namespace
}  // namespace headrace
