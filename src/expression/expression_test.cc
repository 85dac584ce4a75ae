#include "expression/expression.h"

#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "expression/cast.h"

namespace headrace {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr FromJson(const DataTypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::shared_ptr<arrow::RecordBatch> Batch(const std::vector<ArrayPtr>& columns) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), columns[i]->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), columns[0]->length(), columns);
}

ExpressionPtr Column(int index, const DataTypePtr& type, bool nullable = true) {
  return std::make_shared<BoundReference>(index, "c" + std::to_string(index), type, nullable);
}

template <typename T>
ExpressionPtr Constant(T value) {
  return MakeLiteral(arrow::MakeScalar(value));
}

ExpressionPtr NullOf(const DataTypePtr& type) { return MakeLiteral(arrow::MakeNullScalar(type)); }

ArrayPtr Evaluate(const ExpressionPtr& expression, const arrow::RecordBatch& batch) {
  const auto array = EvaluateToArray(*expression, batch, EvaluationContext());
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  if (!array.ok()) return nullptr;
  EXPECT_TRUE((*array)->ValidateFull().ok());
  return *array;
}

void ExpectJson(const ExpressionPtr& expression, const arrow::RecordBatch& batch,
                const std::string& json) {
  const ArrayPtr actual = Evaluate(expression, batch);
  ASSERT_NE(actual, nullptr);
  EXPECT_TRUE(actual->Equals(FromJson(expression->type(), json)))
      << expression->ToString() << " gives " << actual->ToString();
}

// 100 / x for bigint; fails for zero, and counts the rows it saw.
ExpressionPtr Divide(ExpressionPtr divisor, int64_t* rows_seen = nullptr) {
  return std::make_shared<FunctionCall>(
      "divide", arrow::int64(), true, std::vector<ExpressionPtr>{std::move(divisor)},
      [rows_seen](const std::vector<Datum>& arguments, int64_t length,
                  const EvaluationContext&) -> Result<Datum> {
        if (rows_seen != nullptr) *rows_seen += length;
        arrow::Int64Builder builder;
        const ArrayPtr values =
            arguments[0].is_scalar()
                ? arrow::MakeArrayFromScalar(*arguments[0].scalar(), length).ValueOrDie()
                : arguments[0].make_array();
        EXPECT_EQ(values->length(), length);
        const auto& integers = static_cast<const arrow::Int64Array&>(*values);
        for (int64_t i = 0; i < length; ++i) {
          if (integers.IsNull(i)) {
            ARROW_RETURN_NOT_OK(builder.AppendNull());
            continue;
          }
          if (integers.Value(i) == 0) return Status::Invalid("division by zero");
          ARROW_RETURN_NOT_OK(builder.Append(100 / integers.Value(i)));
        }
        ARROW_ASSIGN_OR_RAISE(ArrayPtr result, builder.Finish());
        return Datum(result);
      });
}

// A boolean function that fails on null and negative numbers, and else tells whether x is even.
ExpressionPtr IsEven(ExpressionPtr argument) {
  return std::make_shared<FunctionCall>(
      "is_even", arrow::boolean(), true, std::vector<ExpressionPtr>{std::move(argument)},
      [](const std::vector<Datum>& arguments, int64_t, const EvaluationContext&) -> Result<Datum> {
        arrow::BooleanBuilder builder;
        const auto integers = arguments[0].array_as<arrow::Int64Array>();
        for (int64_t i = 0; i < integers->length(); ++i) {
          if (integers->IsNull(i) || integers->Value(i) < 0) return Status::Invalid("bad input");
          ARROW_RETURN_NOT_OK(builder.Append(integers->Value(i) % 2 == 0));
        }
        ARROW_ASSIGN_OR_RAISE(ArrayPtr result, builder.Finish());
        return Datum(result);
      });
}

TEST(CaseWhenTest, EvaluatesBranchesOnlyOnTheirRows) {
  const auto batch = Batch({FromJson(arrow::boolean(), "[true, false, null, true, false]"),
                            FromJson(arrow::int64(), "[5, 0, 0, 20, 0]")});
  int64_t rows_seen = 0;
  ExpectJson(MakeCaseWhen({Column(0, arrow::boolean()),
                           Divide(Column(1, arrow::int64()), &rows_seen), Constant<int64_t>(-1)},
                          arrow::int64()),
             *batch, "[20, -1, -1, 5, -1]");
  EXPECT_EQ(rows_seen, 2);
  // Without ELSE the other rows are null.
  ExpectJson(MakeCaseWhen({Column(0, arrow::boolean()), Divide(Column(1, arrow::int64()))},
                          arrow::int64()),
             *batch, "[20, null, null, 5, null]");
}

TEST(CaseWhenTest, LaterConditionsSeeOnlyRemainingRows) {
  const auto batch = Batch({FromJson(arrow::boolean(), "[true, false, true, false]"),
                            FromJson(arrow::int64(), "[-1, 2, -3, 3]")});
  ExpectJson(MakeCaseWhen({Column(0, arrow::boolean()), Constant("first"),
                           IsEven(Column(1, arrow::int64())), Constant("even"), Constant("odd")},
                          arrow::utf8()),
             *batch, R"(["first", "even", "first", "odd"])");
}

TEST(CaseWhenTest, ConstantConditions) {
  const auto batch = Batch({FromJson(arrow::int64(), "[0, 0]")});
  const auto fails = Divide(Column(0, arrow::int64()));
  ExpectJson(MakeCaseWhen({Constant(false), fails, NullOf(arrow::boolean()), fails, Constant(true),
                           Constant<int64_t>(3), fails},
                          arrow::int64()),
             *batch, "[3, 3]");
}

TEST(CaseWhenTest, OneBranchForAllRows) {
  const auto batch =
      Batch({FromJson(arrow::boolean(), "[true, true]"), FromJson(arrow::int64(), "[5, 10]")});
  ExpectJson(MakeCaseWhen({Column(0, arrow::boolean()), Column(1, arrow::int64()),
                           Divide(Constant<int64_t>(0))},
                          arrow::int64()),
             *batch, "[5, 10]");
}

TEST(CaseWhenTest, NestedTypesAndEmptyBatches) {
  const auto type = ArrayOf(arrow::utf8());
  const auto batch = Batch({FromJson(arrow::boolean(), "[true, false, true]"),
                            FromJson(type, R"([["a"], ["b"], null])")});
  const auto expression = MakeCaseWhen(
      {Column(0, arrow::boolean()), Column(1, type), MakeLiteral(arrow::MakeNullScalar(type))},
      type);
  ExpectJson(expression, *batch, R"([["a"], null, null])");
  ExpectJson(expression, *batch->Slice(0, 0), "[]");
}

TEST(CaseWhenTest, SlicedInput) {
  const auto batch = Batch({FromJson(arrow::boolean(), "[true, false, null, true, false]"),
                            FromJson(arrow::int64(), "[1, 2, 3, 4, 5]")});
  ExpectJson(MakeCaseWhen({Column(0, arrow::boolean()), Column(1, arrow::int64()),
                           Divide(Column(1, arrow::int64()))},
                          arrow::int64()),
             *batch->Slice(1, 3), "[50, 33, 4]");
}

TEST(LogicTest, ThreeValues) {
  const auto batch = Batch(
      {FromJson(arrow::boolean(), "[true, true, true, false, false, false, null, null, null]"),
       FromJson(arrow::boolean(), "[true, false, null, true, false, null, true, false, null]")});
  const auto left = Column(0, arrow::boolean());
  const auto right = Column(1, arrow::boolean());
  ExpectJson(MakeAnd(left, right), *batch,
             "[true, false, null, false, false, false, null, false, null]");
  ExpectJson(MakeOr(left, right), *batch,
             "[true, true, true, true, false, null, true, null, null]");
  const auto unknown = NullOf(arrow::boolean());
  ExpectJson(MakeAnd(unknown, right), *batch,
             "[null, false, null, null, false, null, null, false, null]");
  ExpectJson(MakeOr(right, unknown), *batch,
             "[true, null, null, true, null, null, true, null, null]");
  ExpectJson(MakeAnd(Constant(true), right), *batch,
             "[true, false, null, true, false, null, true, false, null]");
}

TEST(LogicTest, ShortCircuit) {
  const auto batch = Batch({FromJson(arrow::boolean(), "[true, false, null, true]"),
                            FromJson(arrow::int64(), "[2, -1, 3, 5]")});
  const auto left = Column(0, arrow::boolean());
  const auto right = IsEven(Column(1, arrow::int64()));
  ExpectJson(MakeAnd(left, right), *batch, "[true, false, false, false]");

  const auto other = Batch({FromJson(arrow::boolean(), "[false, true, null, false]"),
                            FromJson(arrow::int64(), "[2, -1, 3, 5]")});
  ExpectJson(MakeOr(left, right), *other, "[true, true, null, false]");
  ExpectJson(MakeAnd(Constant(false), right), *batch, "[false, false, false, false]");
  // A row that is not decided does reach the right side.
  const auto failing =
      Batch({FromJson(arrow::boolean(), "[true, null]"), FromJson(arrow::int64(), "[2, -1]")});
  EXPECT_FALSE(EvaluateToArray(*MakeAnd(left, right), *failing, EvaluationContext()).ok());
}

TEST(CoalesceTest, LaterArgumentsOnlyWhereNull) {
  const auto batch = Batch({FromJson(arrow::int64(), "[1, null, 3, null]"),
                            FromJson(arrow::int64(), "[0, 50, 0, null]")});
  const auto first = Column(0, arrow::int64());
  const auto second = Divide(Column(1, arrow::int64()));
  ExpectJson(MakeCoalesce({first, second}, arrow::int64()), *batch, "[1, 2, 3, null]");
  ExpectJson(MakeCoalesce({first, second, Constant<int64_t>(9), Divide(Constant<int64_t>(0))},
                          arrow::int64()),
             *batch, "[1, 2, 3, 9]");
  ExpectJson(MakeCoalesce({NullOf(arrow::int64()), NullOf(arrow::int64())}, arrow::int64()), *batch,
             "[null, null, null, null]");
  ExpectJson(MakeCoalesce({Constant<int64_t>(4), Divide(Constant<int64_t>(0))}, arrow::int64()),
             *batch, "[4, 4, 4, 4]");
  ExpectJson(MakeCoalesce({first, second}, arrow::int64()), *batch->Slice(2, 2), "[3, null]");
}

TEST(CoalesceTest, Nullability) {
  const auto maybe = Column(0, arrow::int64());
  EXPECT_TRUE(MakeCoalesce({maybe, maybe}, arrow::int64())->nullable());
  EXPECT_FALSE(MakeCoalesce({maybe, Constant<int64_t>(1)}, arrow::int64())->nullable());
}

TEST(StructFieldTest, NullStructGivesNull) {
  const auto type = arrow::struct_({arrow::field("a", arrow::int64(), false)});
  const auto batch = Batch({FromJson(type, R"([{"a": 1}, null, {"a": 3}])")});
  const auto field = MakeStructField(Column(0, type), 0);
  EXPECT_TRUE(field->nullable());
  ExpectJson(field, *batch, "[1, null, 3]");
  ExpectJson(field, *batch->Slice(1, 2), "[null, 3]");
  EXPECT_FALSE(MakeStructField(Column(0, type, false), 0)->nullable());
  ExpectJson(MakeStructField(NullOf(type), 0), *batch, "[null, null, null]");
}

TEST(TransformTest, RebuildsWhatChanged) {
  const auto attribute =
      std::make_shared<AttributeReference>(7, "x", arrow::int64(), /*nullable=*/true);
  const ExpressionPtr untouched = Divide(Constant<int64_t>(5));
  const ExpressionPtr root = MakeCoalesce({Divide(attribute), untouched}, arrow::int64());
  EXPECT_FALSE(EvaluateToArray(*root, *Batch({FromJson(arrow::int64(), "[1]")}), {}).ok());
  const ExpressionPtr bound = Transform(root, [](const ExpressionPtr& node) -> ExpressionPtr {
    if (dynamic_cast<const AttributeReference*>(node.get()) == nullptr) return nullptr;
    return Column(0, arrow::int64());
  });
  EXPECT_EQ(bound->children()[1], untouched);
  ExpectJson(bound, *Batch({FromJson(arrow::int64(), "[10, null]")}), "[10, 20]");
  EXPECT_EQ(Transform(root, [](const ExpressionPtr&) { return ExpressionPtr(); }), root);
}

TEST(FoldTest, Constants) {
  const auto constant = Divide(Constant<int64_t>(20));
  ASSERT_TRUE(constant->foldable());
  EXPECT_TRUE(Fold(*constant).ValueOrDie()->Equals(*arrow::MakeScalar<int64_t>(5)));
  EXPECT_FALSE(Divide(Column(0, arrow::int64()))->foldable());
  const auto random = std::make_shared<FunctionCall>(
      "rand", arrow::float64(), false, std::vector<ExpressionPtr>(),
      [](const std::vector<Datum>&, int64_t, const EvaluationContext&) -> Result<Datum> {
        return Datum(0.5);
      },
      /*deterministic=*/false);
  EXPECT_FALSE(random->foldable());
  EXPECT_FALSE(MakeCoalesce({random}, arrow::float64())->deterministic());
}

TEST(DeepExpressionTest, LongChainsOfConditionals) {
  // Programs build such chains in loops; the cost must not double with every link.
  ExpressionPtr chain = Constant<int64_t>(0);
  for (int64_t i = 0; i < 200; ++i) {
    chain = MakeCaseWhen({IsEven(Column(0, arrow::int64())), Constant(i), chain}, arrow::int64());
  }
  ExpectJson(chain, *Batch({FromJson(arrow::int64(), "[2, 3]")}), "[199, 0]");
}

}  // namespace

}  // namespace headrace
