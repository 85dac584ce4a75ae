#include "headrace/column.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "headrace/exceptions.h"
#include "headrace/functions.h"
#include "headrace/row.h"
#include "headrace/window.h"

#include "client/expression_node.h"
#include "client/messages.h"

namespace headrace {
namespace {

using namespace functions;
using client::messages::Expression;

Expression MessageOf(const Column& column) {
  Expression message;
  client::WriteExpression(column, &message);
  return message;
}

// In protobuf's text form, whatever the order of spaces.
void ExpectMessage(const Column& column, const std::string& text) {
  Expression expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &expected)) << text;
  EXPECT_EQ(MessageOf(column).DebugString(), expected.DebugString());
}

// The names of functions from outside in, for the shape of an expression: +(a,1).
std::string Shape(const Expression& message) {
  switch (message.expr_type_case()) {
    case Expression::kUnresolvedFunction: {
      std::string text = message.unresolved_function().function_name() + "(";
      for (const Expression& argument : message.unresolved_function().arguments()) {
        if (text.back() != '(') text += ",";
        text += Shape(argument);
      }
      return text + ")";
    }
    case Expression::kUnresolvedAttribute:
      return message.unresolved_attribute().unparsed_identifier();
    case Expression::kUnresolvedStar:
      return "*";
    case Expression::kLiteral: {
      const auto& literal = message.literal();
      switch (literal.literal_type_case()) {
        case Expression::Literal::kNull:
          return "null";
        case Expression::Literal::kBoolean:
          return literal.boolean() ? "true" : "false";
        case Expression::Literal::kInteger:
          return std::to_string(literal.integer());
        case Expression::Literal::kLong:
          return std::to_string(literal.long_()) + "L";
        case Expression::Literal::kString:
          return "'" + literal.string() + "'";
        default:
          return literal.ShortDebugString();
      }
    }
    default:
      return message.ShortDebugString();
  }
}

std::string ShapeOf(const Column& column) { return Shape(MessageOf(column)); }

TEST(ColumnTest, NamesAreAttributesOrStars) {
  ExpectMessage(col("a.b"), R"(unresolved_attribute { unparsed_identifier: "a.b" })");
  ExpectMessage(col("*"), "unresolved_star {}");
  ExpectMessage(col("t.*"), R"(unresolved_star { unparsed_target: "t.*" })");
}

TEST(ColumnTest, OperatorsCallFunctions) {
  EXPECT_EQ(ShapeOf(col("a") + 1), "+(a,1)");
  EXPECT_EQ(ShapeOf(1 - col("a")), "-(1,a)");
  EXPECT_EQ(ShapeOf(col("a") * col("b") / 2 % 3), "%(/(*(a,b),2),3)");
  EXPECT_EQ(ShapeOf(col("a") == "x"), "==(a,'x')");
  EXPECT_EQ(ShapeOf("x" == col("a")), "==('x',a)");
  EXPECT_EQ(ShapeOf(col("a") != col("b")), "not(==(a,b))");
  EXPECT_EQ(ShapeOf(col("a") < 1 && col("b") >= 2), "and(<(a,1),>=(b,2))");
  EXPECT_EQ(ShapeOf(!(col("a") <= 1) || col("b") > 2), "or(not(<=(a,1)),>(b,2))");
  EXPECT_EQ(ShapeOf(((col("a") < 1) & (col("b") > 2)) | ~col("c")),
            "or(and(<(a,1),>(b,2)),not(c))");
  EXPECT_EQ(ShapeOf(-col("a")), "negative(a)");
}

TEST(ColumnTest, LiteralsKeepTheTypesOfCpp) {
  ExpectMessage(lit(true), "literal { boolean: true }");
  ExpectMessage(lit(int8_t{1}), "literal { byte: 1 }");
  ExpectMessage(lit(uint8_t{200}), "literal { short: 200 }");
  ExpectMessage(lit(int16_t{1}), "literal { short: 1 }");
  ExpectMessage(lit(1), "literal { integer: 1 }");
  ExpectMessage(lit(1u), "literal { long: 1 }");
  ExpectMessage(lit(int64_t{1}), "literal { long: 1 }");
  ExpectMessage(lit(1.5f), "literal { float: 1.5 }");
  ExpectMessage(lit(1.5), "literal { double: 1.5 }");
  ExpectMessage(lit("x"), R"(literal { string: "x" })");
  ExpectMessage(lit(nullptr), "literal { null { null {} } }");
  ExpectMessage(lit(std::optional<int>()), "literal { null { null {} } }");
  ExpectMessage(lit(Binary{"\x01"}), R"(literal { binary: "\001" })");
  ExpectMessage(lit(Decimal{"-1.20"}),
                R"(literal { decimal { value: "-1.20" precision: 3 scale: 2 } })");
  ExpectMessage(lit(Date(std::chrono::days(2))), "literal { date: 2 }");
  ExpectMessage(lit(Timestamp(std::chrono::seconds(3))), "literal { timestamp: 3000000 }");
  ExpectMessage(lit(TimestampNtz(std::chrono::seconds(3))), "literal { timestamp_ntz: 3000000 }");
  ExpectMessage(lit(std::chrono::minutes(1)), "literal { day_time_interval: 60000000 }");
  ExpectMessage(lit(YearMonthInterval(14)), "literal { year_month_interval: 14 }");
}

TEST(ColumnTest, CollectionsBecomeCallsThatMakeThem) {
  EXPECT_EQ(ShapeOf(lit(std::vector<int>{1, 2})), "array(1,2)");
  EXPECT_EQ(ShapeOf(lit(std::map<std::string, int>{{"a", 1}})), "map('a',1)");
  EXPECT_EQ(ShapeOf(lit(Row("a", 1))), "struct('a',1)");
}

TEST(ColumnTest, PredicatesSendPySparksNames) {
  EXPECT_EQ(ShapeOf(col("a").isNull()), "isNull(a)");
  EXPECT_EQ(ShapeOf(col("a").isNotNull()), "isNotNull(a)");
  EXPECT_EQ(ShapeOf(col("a").isNaN()), "isNaN(a)");
  EXPECT_EQ(ShapeOf(col("a").eqNullSafe(1)), "<=>(a,1)");
  EXPECT_EQ(ShapeOf(col("a").between(1, 2)), "and(>=(a,1),<=(a,2))");
  EXPECT_EQ(ShapeOf(col("a").like("x%")), "like(a,'x%')");
  EXPECT_EQ(ShapeOf(col("a").rlike("x+")), "rlike(a,'x+')");
  EXPECT_EQ(ShapeOf(col("a").contains("x")), "contains(a,'x')");
  EXPECT_EQ(ShapeOf(col("a").startsWith(col("b"))), "startsWith(a,b)");
  EXPECT_EQ(ShapeOf(col("a").endswith("x")), "endsWith(a,'x')");
  EXPECT_EQ(ShapeOf(col("a").isin(1, 2)), "in(a,1,2)");
  EXPECT_EQ(ShapeOf(col("a").isin(std::vector<std::string>{"x"})), "in(a,'x')");
}

TEST(ColumnTest, AliasCastItem) {
  ExpectMessage(col("a").alias("b"), R"(alias {
    expr { unresolved_attribute { unparsed_identifier: "a" } } name: "b" })");
  ExpectMessage(col("a").cast("bigint"), R"(cast {
    expr { unresolved_attribute { unparsed_identifier: "a" } } type_str: "bigint" })");
  ExpectMessage(col("a").try_cast(DecimalType(10, 2)), R"(cast {
    expr { unresolved_attribute { unparsed_identifier: "a" } }
    type { decimal { scale: 2 precision: 10 } } eval_mode: EVAL_MODE_TRY })");
  ExpectMessage(col("a")["k"], R"(unresolved_extract_value {
    child { unresolved_attribute { unparsed_identifier: "a" } }
    extraction { literal { string: "k" } } })");
  ExpectMessage(col("a").getItem(0), R"(unresolved_extract_value {
    child { unresolved_attribute { unparsed_identifier: "a" } }
    extraction { literal { integer: 0 } } })");
}

TEST(ColumnTest, OrderPutsNullsWhereSparkDoes) {
  const Column ascending = col("a").asc();
  EXPECT_EQ(MessageOf(ascending).sort_order().null_ordering(),
            Expression::SortOrder::SORT_NULLS_FIRST);
  const Column descending = col("a").desc();
  EXPECT_EQ(MessageOf(descending).sort_order().direction(),
            Expression::SortOrder::SORT_DIRECTION_DESCENDING);
  EXPECT_EQ(MessageOf(descending).sort_order().null_ordering(),
            Expression::SortOrder::SORT_NULLS_LAST);

  Expression::SortOrder order;
  client::WriteSortOrder(col("a"), &order);
  EXPECT_EQ(order.direction(), Expression::SortOrder::SORT_DIRECTION_ASCENDING);
  EXPECT_EQ(order.child().unresolved_attribute().unparsed_identifier(), "a");
}

TEST(ColumnTest, WhenChains) {
  const Column first = when(col("a") > 1, "big");
  EXPECT_EQ(ShapeOf(first), "when(>(a,1),'big')");
  const Column second = first.when(col("a") > 0, col("b"));
  EXPECT_EQ(ShapeOf(second), "when(>(a,1),'big',>(a,0),b)");
  EXPECT_EQ(ShapeOf(second.otherwise(nullptr)), "when(>(a,1),'big',>(a,0),b,null)");
  EXPECT_EQ(ShapeOf(first.otherwise("small")), "when(>(a,1),'big','small')");
}

TEST(ColumnTest, WhenAfterAnythingElseIsRefused) {
  EXPECT_THROW(col("a").when(col("b"), 1), IllegalArgumentException);
  const Column closed = when(col("a"), 1).otherwise(2);
  EXPECT_THROW(closed.otherwise(3), IllegalArgumentException);
}

TEST(ColumnTest, FunctionsSendPySparksArguments) {
  EXPECT_EQ(ShapeOf(explode(split(col("value"), " "))), "explode(split(value,' ',-1))");
  EXPECT_EQ(ShapeOf(count("*")), "count(*)");
  EXPECT_EQ(ShapeOf(first("a")), "first(a,false)");
  EXPECT_EQ(ShapeOf(last("a", true)), "last(a,true)");
  EXPECT_EQ(ShapeOf(concat_ws("-", "a", col("b"))), "concat_ws('-',a,b)");
  EXPECT_EQ(ShapeOf(window("t", "10 minutes")), "window(t,'10 minutes')");
  EXPECT_EQ(ShapeOf(window("t", "10 minutes", "5 minutes", "1 minute")),
            "window(t,'10 minutes','5 minutes','1 minute')");
  EXPECT_EQ(ShapeOf(unix_timestamp("t")), "unix_timestamp(t,'yyyy-MM-dd HH:mm:ss')");
  EXPECT_EQ(ShapeOf(from_json("v", "a INT", {{"mode", "FAILFAST"}})),
            "from_json(v,'a INT',map('mode','FAILFAST'))");
  EXPECT_EQ(ShapeOf(from_json("v", StructType().add("a", LongType()))),
            R"(from_json(v,'{"type":"struct","fields":[{"name":"a","type":"long",)"
            R"("nullable":true,"metadata":{}}]}'))");
  EXPECT_EQ(ShapeOf(pow("a", lit(2))), "power(a,2)");
  EXPECT_EQ(ShapeOf(create_map(lit("k"), "v")), "map('k',v)");
  EXPECT_TRUE(MessageOf(count_distinct("a", "b")).unresolved_function().is_distinct());
  ExpectMessage(call_function("typeof", col("a")), R"(call_function {
    function_name: "typeof" arguments { unresolved_attribute { unparsed_identifier: "a" } } })");
  ExpectMessage(expr("a + 1 AS b"), R"(expression_string { expression: "a + 1 AS b" })");
}

TEST(ColumnTest, RandomSeedsAreFixedWhenTheColumnIsMade) {
  const Column random = rand();
  EXPECT_EQ(ShapeOf(random), ShapeOf(random));
  EXPECT_EQ(ShapeOf(rand(7)), "rand(7L)");
}

TEST(ColumnTest, LambdaVariablesAreUniqueWhenNested) {
  const Expression message = MessageOf(transform("xs", [](Column outer) {
    return transform(outer, [outer](Column inner) { return inner + outer; });
  }));
  const auto& outer = message.unresolved_function().arguments(1).lambda_function();
  const auto& inner = outer.function().unresolved_function().arguments(1).lambda_function();
  EXPECT_NE(outer.arguments(0).name_parts(0), inner.arguments(0).name_parts(0));
}

TEST(ColumnTest, WindowSpecification) {
  const auto spec = Window::partitionBy("city").orderBy(col("age").desc());
  const Expression message =
      MessageOf(sum("x").over(spec.rowsBetween(Window::unboundedPreceding, 1)));
  EXPECT_EQ(message.window().partition_spec_size(), 1);
  EXPECT_EQ(message.window().order_spec(0).direction(),
            Expression::SortOrder::SORT_DIRECTION_DESCENDING);
  EXPECT_EQ(message.window().frame_spec().frame_type(),
            Expression::Window::WindowFrame::FRAME_TYPE_ROW);
  EXPECT_TRUE(message.window().frame_spec().lower().unbounded());
  EXPECT_EQ(message.window().frame_spec().upper().value().literal().integer(), 1);
}

}  // namespace
}  // namespace headrace
