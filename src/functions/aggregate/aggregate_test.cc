// Aggregates against answers of Spark 4.1, in one step and in two with any split of the rows.
#include "functions/aggregate/aggregate.h"

#include <cmath>

#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functions/aggregate/ordering_argument.h"

namespace headrace {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Arrays = std::vector<ArrayPtr>;

ArrayPtr Values(const DataTypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

// (a INT, b DOUBLE, c INT, d STRING, e BOOLEAN); the table that Spark was asked about.
std::shared_ptr<arrow::RecordBatch> Table() {
  const SchemaPtr schema = ParseSchema("a INT, b DOUBLE, c INT, d STRING, e BOOLEAN").ValueOrDie();
  return arrow::RecordBatch::Make(
      schema, 6,
      {Values(arrow::int32(), "[1, 2, 3, 10, null, 7]"),
       Values(arrow::float64(), "[2.0, 4.0, 4.5, -1.0, 7.0, null]"),
       Values(arrow::int32(), "[3, 1, 3, null, 9, 3]"),
       Values(arrow::utf8(), R"(["a", "b", null, "c", "d", "e"])"),
       Values(arrow::boolean(), "[false, true, true, true, null, true]")});
}

Result<BoundAggregate> Bind(const std::string& name, const arrow::RecordBatch& table,
                            const std::vector<std::string>& columns,
                            const std::vector<ExpressionPtr>& constants = {}, bool ansi = true) {
  std::vector<ExpressionPtr> arguments;
  for (const std::string& column : columns) {
    const int i = table.schema()->GetFieldIndex(column);
    arguments.push_back(std::make_shared<BoundReference>(i, column, table.column(i)->type(), true));
  }
  arguments.insert(arguments.end(), constants.begin(), constants.end());
  const AggregateFunction* function = FunctionRegistry::BuiltIn().FindAggregate(name);
  if (function == nullptr) return Status::KeyError(name);
  BindContext context;
  context.ansi = ansi;
  return function->bind(std::move(arguments), context);
}

Result<Arrays> Evaluate(const BoundAggregate& bound, const arrow::RecordBatch& rows) {
  Arrays arguments;
  for (const ExpressionPtr& argument : bound.arguments) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr value, EvaluateToArray(*argument, rows, {}));
    arguments.push_back(std::move(value));
  }
  return arguments;
}

// The result of one group over the first `split` rows and the rest, aggregated apart and merged;
// of group 1 of 2, so that numbers matter.
Result<ArrayPtr> InTwoSteps(const BoundAggregate& bound, const arrow::RecordBatch& table,
                            int64_t split) {
  const auto merged = bound.make();
  ARROW_RETURN_NOT_OK(merged->Resize(2));
  for (const auto& part : {table.Slice(0, split), table.Slice(split)}) {
    const auto partial = bound.make();
    ARROW_RETURN_NOT_OK(partial->Resize(1));
    const std::vector<uint32_t> groups(static_cast<size_t>(part->num_rows()), 0);
    ARROW_ASSIGN_OR_RAISE(Arrays arguments, Evaluate(bound, *part));
    ARROW_RETURN_NOT_OK(partial->Update(groups.data(), part->num_rows(), arguments, nullptr));
    ARROW_ASSIGN_OR_RAISE(Arrays states, partial->States());
    EXPECT_EQ(states.size(), bound.state_types.size());
    for (size_t i = 0; i < states.size(); ++i) {
      EXPECT_TRUE(states[i]->type()->Equals(*bound.state_types[i])) << bound.name;
      EXPECT_TRUE(states[i]->ValidateFull().ok());
    }
    const uint32_t group = 1;
    ARROW_RETURN_NOT_OK(merged->Merge(&group, 1, states));
  }
  ARROW_ASSIGN_OR_RAISE(ArrayPtr result, merged->Finish());
  EXPECT_TRUE(result->type()->Equals(*bound.type)) << bound.name << result->type()->ToString();
  EXPECT_TRUE(result->ValidateFull().ok());
  EXPECT_EQ(result->length(), 2);
  return result->Slice(1);
}

std::string TextOf(const arrow::Array& array) {
  return array.GetScalar(0).ValueOrDie()->ToString();
}

void ExpectEverySplit(const std::string& name, const std::vector<std::string>& columns,
                      const std::string& expected,
                      const std::vector<ExpressionPtr>& constants = {}) {
  const auto table = Table();
  const auto bound = Bind(name, *table, columns, constants);
  ASSERT_TRUE(bound.ok()) << bound.status();
  for (int64_t split = 0; split <= table->num_rows(); ++split) {
    const auto result = InTwoSteps(*bound, *table, split);
    ASSERT_TRUE(result.ok()) << result.status();
    if ((*result)->type_id() == arrow::Type::DOUBLE && (*result)->IsValid(0)) {
      EXPECT_NEAR(static_cast<const arrow::DoubleArray&>(**result).Value(0), std::stod(expected),
                  1e-12)
          << name << " split at " << split;
    } else {
      EXPECT_EQ(TextOf(**result), expected) << name << " split at " << split;
    }
  }
}

TEST(Aggregates, AgreeWithSparkForEverySplit) {
  const ExpressionPtr yes = MakeLiteral(std::make_shared<arrow::BooleanScalar>(true));
  ExpectEverySplit("count", {}, "6");
  ExpectEverySplit("count", {"a"}, "5");
  ExpectEverySplit("count", {"a", "d"}, "4");
  ExpectEverySplit("sum", {"a"}, "23");
  ExpectEverySplit("sum", {"b"}, "16.5");
  ExpectEverySplit("avg", {"a"}, "4.6");
  ExpectEverySplit("min", {"b"}, "-1");
  ExpectEverySplit("max", {"b"}, "7");
  ExpectEverySplit("min", {"d"}, "a");
  ExpectEverySplit("max", {"d"}, "e");
  ExpectEverySplit("first", {"d"}, "a");
  ExpectEverySplit("last", {"b"}, "null");
  ExpectEverySplit("last", {"b"}, "7", {yes});
  ExpectEverySplit("try_sum", {"a"}, "23");
  ExpectEverySplit("try_avg", {"a"}, "4.6");
  ExpectEverySplit("product", {"a"}, "420");
  ExpectEverySplit("mode", {"c"}, "3");
  ExpectEverySplit("mode", {"a"}, "1", {yes});
  ExpectEverySplit("regr_count", {"a", "b"}, "4");
  ExpectEverySplit("regr_avgx", {"a", "b"}, "2.375");
  ExpectEverySplit("regr_avgy", {"a", "b"}, "4.0");
  ExpectEverySplit("regr_sxx", {"a", "b"}, "18.6875");
  ExpectEverySplit("regr_sxy", {"a", "b"}, "-24.5");
  ExpectEverySplit("regr_syy", {"a", "b"}, "50.0");
  ExpectEverySplit("regr_slope", {"a", "b"}, "-1.3110367892976589");
  ExpectEverySplit("regr_intercept", {"a", "b"}, "7.11371237458194");
  ExpectEverySplit("regr_r2", {"a", "b"}, "0.6424080267558528");
  ExpectEverySplit("stddev", {"a"}, "3.7815340802378077");
  ExpectEverySplit("stddev_pop", {"a"}, "3.3823069050575527");
  ExpectEverySplit("variance", {"a"}, "14.3");
  ExpectEverySplit("var_pop", {"a"}, "11.440000000000001");
  ExpectEverySplit("skewness", {"a"}, "0.5321811563901744");
  ExpectEverySplit("kurtosis", {"a"}, "-1.3133405056481982");
  ExpectEverySplit("skewness", {"b"}, "-0.3025233098875853");
  ExpectEverySplit("kurtosis", {"b"}, "-0.9149137043163447");
  ExpectEverySplit("corr", {"a", "b"}, "-0.8015036037073401");
  ExpectEverySplit("covar_pop", {"a", "b"}, "-6.125");
  ExpectEverySplit("covar_samp", {"a", "b"}, "-8.166666666666666");
  ExpectEverySplit("max_by", {"d", "c"}, "d");
  ExpectEverySplit("min_by", {"d", "c"}, "b");
  ExpectEverySplit("bool_and", {"e"}, "false");
  ExpectEverySplit("bool_or", {"e"}, "true");
  ExpectEverySplit("count_if", {"e"}, "4");
  ExpectEverySplit("collect_list", {"d"}, "list<element: string not null>[a, b, c, d, e]");
  ExpectEverySplit("collect_set", {"c"}, "list<element: int32 not null>[3, 1, 9]");
  ExpectEverySplit("approx_count_distinct", {"a"}, "5");
  ExpectEverySplit("bit_and", {"a"}, "0");
  ExpectEverySplit("bit_or", {"a"}, "15");
  ExpectEverySplit("bit_xor", {"a"}, "13");
}

ExpressionPtr Number(double value) {
  return MakeLiteral(std::make_shared<arrow::DoubleScalar>(value));
}
ExpressionPtr Numbers(const std::string& json) {
  return MakeLiteral(std::make_shared<arrow::ListScalar>(Values(arrow::float64(), json)));
}

TEST(Aggregates, PercentilesAgreeWithSpark) {
  ExpectEverySplit("percentile", {"a"}, "3", {Number(0.5)});
  ExpectEverySplit("percentile", {"a"}, "2.2", {Number(0.3)});
  ExpectEverySplit("median", {"b"}, "4");
  ExpectEverySplit("percentile", {"a"}, "list<element: double not null>[2, 7]",
                   {Numbers("[0.25, 0.75]")});
  ExpectEverySplit("percentile_approx", {"a"}, "3", {Number(0.5)});
  ExpectEverySplit("percentile_approx", {"a"}, "list<element: int32 not null>[1, 3, 10]",
                   {Numbers("[0.1, 0.5, 0.9]")});
  const auto table = Table();
  const auto too_large = Bind("percentile", *table, {"a"}, {Number(2)});
  EXPECT_EQ(ErrorDetail::Get(too_large.status())->condition(),
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE");
}

// range(100000), as one group of one partition.
TEST(Aggregates, ApproximatePercentilesOfManyRowsAgreeWithSpark) {
  arrow::Int64Builder ascending, mixed;
  for (int64_t i = 0; i < 100000; ++i) {
    ASSERT_TRUE(ascending.Append(i).ok());
    ASSERT_TRUE(mixed.Append(i * 7 % 100003).ok());
  }
  const SchemaPtr schema = ParseSchema("a BIGINT, m BIGINT").ValueOrDie();
  const auto table = arrow::RecordBatch::Make(
      schema, 100000, {ascending.Finish().ValueOrDie(), mixed.Finish().ValueOrDie()});
  const auto of = [&](const std::string& column, const std::vector<ExpressionPtr>& constants) {
    const auto bound = Bind("percentile_approx", *table, {column}, constants).ValueOrDie();
    return TextOf(*InTwoSteps(bound, *table, 100000).ValueOrDie());
  };
  EXPECT_EQ(of("a", {Number(0.5)}), "49999");
  EXPECT_EQ(of("a", {Numbers("[0.01, 0.25, 0.99]"),
                     MakeLiteral(std::make_shared<arrow::Int32Scalar>(100))}),
            "list<element: int64 not null>[0, 24445, 99999]");
  EXPECT_EQ(of("m", {Number(0.333)}), "33294");
}

TEST(Aggregates, OfNoRows) {
  const auto table = Table()->Slice(0, 0);
  const auto of = [&](const std::string& name, const std::vector<std::string>& columns) {
    return TextOf(*InTwoSteps(Bind(name, *table, columns).ValueOrDie(), *table, 0).ValueOrDie());
  };
  EXPECT_EQ(of("count", {}), "0");
  EXPECT_EQ(of("approx_count_distinct", {"a"}), "0");
  EXPECT_EQ(of("collect_list", {"a"}), "list<element: int32 not null>[]");
  EXPECT_EQ(of("collect_set", {"a"}), "list<element: int32 not null>[]");
  for (const char* name :
       {"sum", "avg", "min", "max", "first", "last", "stddev", "var_pop", "skewness"}) {
    EXPECT_EQ(of(name, {"a"}), "null") << name;
  }
  EXPECT_EQ(of("bool_and", {"e"}), "null");
  EXPECT_EQ(of("corr", {"a", "b"}), "null");
  EXPECT_EQ(of("max_by", {"a", "b"}), "null");
}

TEST(Aggregates, OfOneRow) {
  const auto table = Table()->Slice(0, 1);
  for (const char* name : {"stddev", "variance", "skewness", "kurtosis"}) {
    EXPECT_EQ(TextOf(*InTwoSteps(Bind(name, *table, {"a"}).ValueOrDie(), *table, 1).ValueOrDie()),
              "null")
        << name;
  }
  const auto corr = Bind("corr", *table, {"a", "b"}).ValueOrDie();
  EXPECT_EQ(TextOf(*InTwoSteps(corr, *table, 1).ValueOrDie()), "null");
}

TEST(Aggregates, WithinAnOrderForEverySplit) {
  const auto column = [](int i, const DataTypePtr& type, bool ascending, bool nulls_first) {
    return std::make_shared<OrderingArgument>(std::make_shared<BoundReference>(i, "c", type, true),
                                              ascending, nulls_first);
  };
  const ExpressionPtr comma = MakeLiteral(std::make_shared<arrow::StringScalar>(","));
  const ExpressionPtr quarter = MakeLiteral(std::make_shared<arrow::DoubleScalar>(0.25));
  const ExpressionPtr rising = column(0, arrow::int32(), true, true);
  const ExpressionPtr falling = column(0, arrow::int32(), false, false);
  ExpectEverySplit("listagg", {"d"}, "a,b,c,d,e", {comma});
  ExpectEverySplit("listagg", {"d"}, "c,e,b,a,d", {comma, falling});
  ExpectEverySplit(
      "listagg", {"d"}, "d,c,e,b,a",
      {comma, column(0, arrow::int32(), false, true), column(1, arrow::float64(), true, true)});
  ExpectEverySplit("mode", {}, "1", {rising});
  ExpectEverySplit("mode", {}, "10", {falling});
  ExpectEverySplit("percentile_cont", {}, "7.0", {quarter, falling});
  ExpectEverySplit("percentile_disc", {}, "7.0", {quarter, falling});
  ExpectEverySplit("percentile_disc", {}, "2.0", {quarter, rising});
}

std::shared_ptr<arrow::RecordBatch> OneColumn(const DataTypePtr& type, const std::string& json) {
  const ArrayPtr values = Values(type, json);
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("a", type)}), values->length(),
                                  {values});
}

std::string Of(const std::string& name, const DataTypePtr& type, const std::string& json,
               bool ansi = true) {
  const auto table = OneColumn(type, json);
  const auto bound = Bind(name, *table, {"a"}, {}, ansi);
  if (!bound.ok()) return ErrorDetail::Get(bound.status())->condition();
  const auto result = InTwoSteps(*bound, *table, 1);
  if (result.ok()) return TextOf(**result);
  const ErrorDetail* detail = ErrorDetail::Get(result.status());
  return detail == nullptr ? result.status().ToString() : detail->condition();
}

TEST(Aggregates, Decimals) {
  EXPECT_EQ(Of("avg", arrow::decimal128(3, 2), R"(["1.00", "2.00", "2.01"])"), "1.670000");
  EXPECT_EQ(Of("sum", arrow::decimal128(3, 2), R"(["1.00", "2.00", "2.01"])"), "5.01");
  EXPECT_EQ(Of("avg", arrow::decimal128(38, 10), R"(["1.0000000000", "2.0000000000"])"),
            "1.50000000000000");
  EXPECT_EQ(Of("avg", arrow::decimal128(4, 4), R"(["0.0001", "0.0002", "0.0002"])"), "0.00016667");
  EXPECT_EQ(Of("avg", arrow::decimal128(4, 4), R"(["-0.0001", "-0.0002", "-0.0002"])"),
            "-0.00016667");
  const std::string large = R"(["99999999999999999999999999999999999999", "1"])";
  EXPECT_EQ(Of("sum", arrow::decimal128(38, 0), large), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(Of("sum", arrow::decimal128(38, 0), large, false), "null");
}

TEST(Aggregates, OverflowAndTypes) {
  const std::string large = "[9223372036854775807, 1]";
  EXPECT_EQ(Of("sum", arrow::int64(), large), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(Of("sum", arrow::int64(), large, false), "-9223372036854775808");
  EXPECT_EQ(Of("sum", arrow::utf8(), R"(["1", "2.5"])"), "3.5");
  EXPECT_EQ(Of("sum", arrow::utf8(), R"(["1", "x"])"), "CAST_INVALID_INPUT");
  EXPECT_EQ(Of("sum", arrow::boolean(), "[true]"), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
  EXPECT_EQ(Of("max", arrow::map(arrow::int32(), arrow::int32()), "[]"),
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE");
  EXPECT_EQ(Of("collect_set", arrow::map(arrow::int32(), arrow::int32()), "[]"),
            "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE");
  EXPECT_EQ(Of("max", arrow::float64(), "[1, NaN, Inf]"), "nan");
  EXPECT_EQ(Of("min", arrow::float64(), "[NaN, -Inf]"), "-inf");
  EXPECT_EQ(Of("sum", arrow::int8(), "[127, 127]"), "254");
  EXPECT_EQ(Of("try_sum", arrow::int64(), large), "null");
  EXPECT_EQ(Of("bitmap_construct_agg", arrow::int64(), "[40000]"), "INVALID_BITMAP_POSITION");
}

TEST(Aggregates, CorrelationOfAConstantDividesByZero) {
  const auto table = Table()->Slice(0, 1);
  const auto twice = arrow::RecordBatch::Make(
      table->schema(), 2,
      {Values(arrow::int32(), "[5, 5]"), Values(arrow::float64(), "[1, 2]"),
       Values(arrow::int32(), "[1, 1]"), Values(arrow::utf8(), R"(["a", "b"])"),
       Values(arrow::boolean(), "[true, true]")});
  const auto bound = Bind("corr", *twice, {"a", "b"}).ValueOrDie();
  const auto result = InTwoSteps(bound, *twice, 1);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(ErrorDetail::Get(result.status())->condition(), "DIVIDE_BY_ZERO");
  const auto lenient = Bind("corr", *twice, {"a", "b"}, {}, false).ValueOrDie();
  EXPECT_EQ(TextOf(*InTwoSteps(lenient, *twice, 1).ValueOrDie()), "null");
}

TEST(Aggregates, DistinctMergesAcrossSplits) {
  const auto table = Table();
  for (const auto& [name, column, expected] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"sum", "c", "13"}, {"count", "c", "3"}, {"count", "e", "2"}}) {
    const auto bound = MakeDistinctAggregate(Bind(name, *table, {column}).ValueOrDie());
    for (int64_t split = 0; split <= 6; ++split) {
      EXPECT_EQ(TextOf(*InTwoSteps(bound, *table, split).ValueOrDie()), expected) << name;
    }
  }
  const auto pairs = MakeDistinctAggregate(Bind("count", *table, {"c", "d"}).ValueOrDie());
  EXPECT_EQ(TextOf(*InTwoSteps(pairs, *table, 2).ValueOrDie()), "4");
}

TEST(Aggregates, KeptRowsSurviveCompaction) {
  // Many batches, more rows than are kept: the first of each group must stay.
  const auto first = Bind("first", *OneColumn(arrow::utf8(), "[]"), {"a"}).ValueOrDie().make();
  const auto largest = Bind("max", *OneColumn(arrow::utf8(), "[]"), {"a"}).ValueOrDie().make();
  ASSERT_TRUE(first->Resize(100).ok());
  ASSERT_TRUE(largest->Resize(100).ok());
  std::vector<uint32_t> groups(1000);
  for (int batch = 0; batch < 300; ++batch) {
    arrow::StringBuilder builder;
    for (int i = 0; i < 1000; ++i) {
      groups[i] = static_cast<uint32_t>(i % (batch < 150 ? 50 : 100));
      ASSERT_TRUE(builder.Append(std::to_string(1000 + batch) + "-" + std::to_string(i)).ok());
    }
    const ArrayPtr values = builder.Finish().ValueOrDie();
    ASSERT_TRUE(first->Update(groups.data(), 1000, {values}, nullptr).ok());
    ASSERT_TRUE(largest->Update(groups.data(), 1000, {values}, nullptr).ok());
  }
  const auto firsts = std::static_pointer_cast<arrow::StringArray>(first->Finish().ValueOrDie());
  EXPECT_EQ(firsts->GetView(7), "1000-7");
  EXPECT_EQ(firsts->GetView(77), "1150-77");
  const auto maxima = std::static_pointer_cast<arrow::StringArray>(largest->Finish().ValueOrDie());
  EXPECT_EQ(maxima->GetView(7), "1299-907");
}

}  // namespace
}  // namespace headrace
