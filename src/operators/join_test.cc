#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/running.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

const SchemaPtr kLeft = SchemaOf("a BIGINT, x STRING");
const SchemaPtr kRight = SchemaOf("b BIGINT, y STRING");
const char* const kLeftRows = R"([[1, "l1"], [2, "l2"], [2, "l3"], [null, "l4"], [4, "l5"]])";
const char* const kRightRows = R"([[2, "r1"], [2, "r2"], [null, "r3"], [4, "r4"], [5, "r5"]])";

struct Case {
  JoinType type;
  bool residual;  // and x < 'l5'
  std::vector<std::string> rows;
};

class Join : public ::testing::TestWithParam<std::tuple<int, bool, bool>> {};

// From Spark 4.1: a = b [AND x < 'l5'], rows sorted.
const std::vector<Case> kCases = {
    {JoinType::kInner, false, {"2 l2 2 r1", "2 l2 2 r2", "2 l3 2 r1", "2 l3 2 r2", "4 l5 4 r4"}},
    {JoinType::kInner, true, {"2 l2 2 r1", "2 l2 2 r2", "2 l3 2 r1", "2 l3 2 r2"}},
    {JoinType::kLeftOuter,
     true,
     {"1 l1 null null", "2 l2 2 r1", "2 l2 2 r2", "2 l3 2 r1", "2 l3 2 r2", "4 l5 null null",
      "null l4 null null"}},
    {JoinType::kRightOuter,
     true,
     {"2 l2 2 r1", "2 l2 2 r2", "2 l3 2 r1", "2 l3 2 r2", "null null 4 r4", "null null 5 r5",
      "null null null r3"}},
    {JoinType::kFullOuter,
     true,
     {"1 l1 null null", "2 l2 2 r1", "2 l2 2 r2", "2 l3 2 r1", "2 l3 2 r2", "4 l5 null null",
      "null l4 null null", "null null 4 r4", "null null 5 r5", "null null null r3"}},
    {JoinType::kLeftSemi, false, {"2 l2", "2 l3", "4 l5"}},
    {JoinType::kLeftSemi, true, {"2 l2", "2 l3"}},
    {JoinType::kLeftAnti, false, {"1 l1", "null l4"}},
    {JoinType::kLeftAnti, true, {"1 l1", "4 l5", "null l4"}},
};

// Every case with either side built, by hash and by nested loops.
TEST_P(Join, GivesSparksRows) {
  const auto& [number, build_is_left, nested] = GetParam();
  const Case& expected = kCases[number];
  const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
  std::vector<FieldPtr> fields = kLeft->fields();
  const bool both = expected.type != JoinType::kLeftSemi && expected.type != JoinType::kLeftAnti;
  if (both) fields.insert(fields.end(), kRight->fields().begin(), kRight->fields().end());
  PhysicalNodePtr probe = build_is_left ? right : left, build = build_is_left ? left : right;
  auto node = Node(nested ? PhysicalKind::kNestedLoopJoin : PhysicalKind::kHashJoin,
                   {Exchange(probe), Exchange(build)}, arrow::schema(fields));
  node->join_type = expected.type;
  node->build_is_left = build_is_left;
  node->probe_keys = node->build_keys = {0};
  const auto equal = Call(
      "=", {Column(left, "a"), std::make_shared<BoundReference>(2, "b", arrow::int64(), true)});
  const auto less =
      Call("<", {Column(left, "x"), MakeLiteral(std::make_shared<arrow::StringScalar>("l5"))});
  if (nested) node->condition = expected.residual ? MakeAnd(equal, less) : equal;
  if (!nested && expected.residual) node->condition = less;

  std::vector<PartitionReaders> inputs;
  inputs.push_back(Partitions({{RowsOf(kLeft, kLeftRows)}}));
  inputs.push_back(Partitions({{RowsOf(kRight, kRightRows)}}));
  const auto rows = RunOnce(PlanOf(node, 2), std::move(inputs));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAreArray(expected.rows));
}

INSTANTIATE_TEST_SUITE_P(All, Join,
                         ::testing::Combine(::testing::Range(0, static_cast<int>(kCases.size())),
                                            ::testing::Bool(), ::testing::Bool()));

// From Spark 4.1: EXISTS (SELECT 1 FROM right WHERE a = b [AND x < 'l5']) in a select list.
TEST(ExistenceJoin, GivesEveryLeftRowOnce) {
  const std::vector<std::string> plain = {"1 l1 false", "2 l2 true", "2 l3 true", "4 l5 true",
                                          "null l4 false"};
  const std::vector<std::string> residual = {"1 l1 false", "2 l2 true", "2 l3 true", "4 l5 false",
                                             "null l4 false"};
  for (const bool nested : {false, true}) {
    for (const bool less_too : {false, true}) {
      const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
      std::vector<FieldPtr> fields = kLeft->fields();
      fields.push_back(arrow::field("exists", arrow::boolean(), false));
      auto node = Node(nested ? PhysicalKind::kNestedLoopJoin : PhysicalKind::kHashJoin,
                       {Exchange(left), Exchange(right)}, arrow::schema(fields));
      node->join_type = JoinType::kLeftSemi;
      node->probe_keys = node->build_keys = {0};
      const auto equal = Call(
          "=", {Column(left, "a"), std::make_shared<BoundReference>(2, "b", arrow::int64(), true)});
      const auto less =
          Call("<", {Column(left, "x"), MakeLiteral(std::make_shared<arrow::StringScalar>("l5"))});
      if (nested) node->condition = less_too ? MakeAnd(equal, less) : equal;
      if (!nested && less_too) node->condition = less;
      std::vector<PartitionReaders> inputs;
      inputs.push_back(Partitions({{RowsOf(kLeft, kLeftRows)}}));
      inputs.push_back(Partitions({{RowsOf(kRight, kRightRows)}}));
      const auto rows = RunOnce(PlanOf(node, 2), std::move(inputs));
      ASSERT_TRUE(rows.ok()) << rows.status();
      EXPECT_THAT(Sorted(*rows), ElementsAreArray(less_too ? residual : plain)) << nested;
    }
  }
}

TEST(HashJoin, NullSafeKeysMatchNulls) {
  const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
  std::vector<FieldPtr> fields = kLeft->fields();
  fields.insert(fields.end(), kRight->fields().begin(), kRight->fields().end());
  auto node = Node(PhysicalKind::kHashJoin, {left, right}, arrow::schema(fields));
  node->probe_keys = node->build_keys = {0};
  node->null_keys = NullKeys::kMatchNulls;
  std::vector<PartitionReaders> inputs;
  inputs.push_back(Partitions({{RowsOf(kLeft, R"([[null, "l"], [1, "m"]])")}}));
  inputs.push_back(Partitions({{RowsOf(kRight, R"([[null, "r"]])")}}));
  const auto rows = RunOnce(PlanOf(node, 2), std::move(inputs));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("null l null r"));
}

// As a nested loop over coalesce(a = b, true), which is what NOT IN asks.
TEST(HashJoin, NullsMayMatchAll) {
  const auto answer = [](JoinType type, bool build_is_left, const char* right_rows, bool nested) {
    const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
    std::vector<FieldPtr> fields = kLeft->fields();
    const bool both = type != JoinType::kLeftSemi && type != JoinType::kLeftAnti;
    if (both) fields.insert(fields.end(), kRight->fields().begin(), kRight->fields().end());
    PhysicalNodePtr probe = build_is_left ? right : left, build = build_is_left ? left : right;
    auto node = Node(nested ? PhysicalKind::kNestedLoopJoin : PhysicalKind::kHashJoin,
                     {Exchange(probe), Exchange(build)}, arrow::schema(fields));
    node->join_type = type;
    node->build_is_left = build_is_left;
    if (nested) {
      const auto equal = Call(
          "=", {Column(left, "a"), std::make_shared<BoundReference>(2, "b", arrow::int64(), true)});
      node->condition =
          Call("coalesce", {equal, MakeLiteral(std::make_shared<arrow::BooleanScalar>(true))});
    } else {
      node->probe_keys = node->build_keys = {0};
      node->null_keys = NullKeys::kMatchAll;
    }
    std::vector<PartitionReaders> inputs;
    inputs.push_back(Partitions({{RowsOf(kLeft, kLeftRows)}}));
    inputs.push_back(Partitions({{RowsOf(kRight, right_rows)}}));
    const auto rows = RunOnce(PlanOf(node, 2), std::move(inputs));
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? Sorted(*rows) : std::vector<std::string>();
  };
  const char* const right_sides[] = {"[]", R"([[null, "r3"]])", R"([[2, "r1"], [5, "r5"]])",
                                     kRightRows};
  for (const JoinType type : {JoinType::kInner, JoinType::kLeftOuter, JoinType::kRightOuter,
                              JoinType::kFullOuter, JoinType::kLeftSemi, JoinType::kLeftAnti}) {
    for (const bool build_is_left : {false, true}) {
      for (const char* const rows : right_sides) {
        EXPECT_EQ(answer(type, build_is_left, rows, false), answer(type, build_is_left, rows, true))
            << static_cast<int>(type) << " " << build_is_left << " " << rows;
      }
    }
  }
}

TEST(HashJoin, ManyPartitionsShareOneTable) {
  const auto left = Scan(kLeft, 0), right = Scan(kRight, 1);
  std::vector<FieldPtr> fields = kLeft->fields();
  fields.insert(fields.end(), kRight->fields().begin(), kRight->fields().end());
  auto node = Node(PhysicalKind::kHashJoin, {left, right}, arrow::schema(fields));
  node->probe_keys = node->build_keys = {0};
  std::vector<std::vector<BatchPtr>> partitions;
  for (int i = 0; i < 20; ++i) {
    std::string json = "[";
    for (int k = 0; k < 1000; ++k) {
      json += (k == 0 ? "" : ",") + ("[" + std::to_string(k % 10)) + R"(, "l"])";
    }
    partitions.push_back({RowsOf(kLeft, json + "]")});
  }
  std::vector<PartitionReaders> inputs;
  inputs.push_back(Partitions(partitions));
  inputs.push_back(Partitions({{RowsOf(kRight, R"([[3, "r"], [7, "s"], [7, "t"]])")}}));
  const auto total = GroupBy(node, {"y"}, {Aggregate("count", {})});
  const auto rows = RunOnce(PlanOf(total, 2), std::move(inputs), 4);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(Sorted(*rows), ElementsAre("r 2000", "s 2000", "t 2000"));
}

}  // namespace
}  // namespace headrace
