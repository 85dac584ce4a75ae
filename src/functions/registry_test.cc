#include "functions/registry.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "functions/missing_functions.h"
#include "types/value_text.h"

namespace headrace {
namespace {

const FunctionRegistry& Registry() { return FunctionRegistry::BuiltIn(); }

ExpressionPtr Text(const std::string& text) {
  return MakeLiteral(std::make_shared<arrow::StringScalar>(text));
}
ExpressionPtr Int(int32_t value) {
  return MakeLiteral(std::make_shared<arrow::Int32Scalar>(value));
}

std::string Condition(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? status.ToString() : detail->condition();
}

std::string Show(const arrow::Array& array) {
  std::string text;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (i > 0) text += " ";
    AppendValue(array, i, *TimeZone::Utc(), TextStyle::kShow, &text);
  }
  return text;
}

TEST(RegistryTest, FindsNamesInAnyCase) {
  EXPECT_NE(Registry().FindScalar("UPPER"), nullptr);
  EXPECT_NE(Registry().FindScalar("startsWith"), nullptr);
  EXPECT_NE(Registry().FindGenerator("Explode"), nullptr);
  EXPECT_NE(Registry().FindAggregate("Sum"), nullptr);
  EXPECT_EQ(Registry().FindScalar("uper"), nullptr);
  EXPECT_EQ(Condition(Registry().Call("uper", {}, BindContext()).status()), "UNRESOLVED_ROUTINE");
}

// What PySpark clients send (connect.md 2.6).
TEST(RegistryTest, HasEveryOperatorOfTheClients) {
  for (const char* name :
       {"+",        "-",         "*",      "/",       "%",         "==",         "<=>",
        "<",        "<=",        ">",      ">=",      "and",       "or",         "not",
        "!",        "negative",  "power",  "&",       "|",         "^",          "~",
        "in",       "like",      "ilike",  "rlike",   "contains",  "startsWith", "endsWith",
        "isNull",   "isNotNull", "isNaN",  "substr",  "substring", "when",       "array_item",
        "map_item", "__extract", "window", "positive"}) {
    EXPECT_NE(Registry().FindScalar(name), nullptr) << name;
  }
  EXPECT_NE(Registry().FindGenerator("__sliding_window"), nullptr);
}

TEST(RegistryTest, MissingFunctionsAreMissing) {
  EXPECT_TRUE(IsMissingFunction("XPath_string"));
  EXPECT_FALSE(IsMissingFunction("xpath_strin"));
  std::string last;
  for (const char* const* name = MissingFunctions(); *name != nullptr; ++name) {
    EXPECT_LT(last, *name);
    last = *name;
    EXPECT_TRUE(IsMissingFunction(*name)) << *name;
    EXPECT_EQ(Registry().FindScalar(*name), nullptr) << *name;
    EXPECT_EQ(Registry().FindAggregate(*name), nullptr) << *name;
    EXPECT_EQ(Registry().FindGenerator(*name), nullptr) << *name;
  }
}

TEST(RegistryTest, EveryFunctionIsDocumented) {
  for (const std::string& name : Registry().Names()) {
    const FunctionDocumentation* documentation = nullptr;
    if (const auto* scalar = Registry().FindScalar(name)) documentation = &scalar->documentation;
    if (const auto* made = Registry().FindAggregate(name)) documentation = &made->documentation;
    if (const auto* made = Registry().FindGenerator(name)) documentation = &made->documentation;
    ASSERT_NE(documentation, nullptr) << name;
    EXPECT_FALSE(documentation->signature.empty()) << name;
    EXPECT_TRUE(documentation->description.ends_with(".")) << name;
  }
}

// tests/conformance/cases/functions.txt lists the examples, so that Spark's answers to them are on
// record. With HEADRACE_LIST_EXAMPLES=1 in the environment this test writes the file anew.
TEST(RegistryTest, EveryExampleIsAConformanceCase) {
  std::set<std::string> examples;
  for (const std::string& name : Registry().Names()) {
    const auto* scalar = Registry().FindScalar(name);
    if (scalar != nullptr && !scalar->documentation.example.empty()) {
      examples.insert(scalar->documentation.example);
    }
  }
  const std::string path =
      std::string(HEADRACE_SOURCE_DIRECTORY) + "/tests/conformance/cases/functions.txt";
  if (std::getenv("HEADRACE_LIST_EXAMPLES") != nullptr) {
    std::ofstream file(path);
    file << "# The examples of the built-in functions, as listed by functions/registry_test.cc.\n";
    for (const std::string& example : examples) file << example << "\n";
  }
  std::ifstream file(path);
  std::set<std::string> listed;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') listed.insert(line);
  }
  EXPECT_EQ(listed, examples);
}

TEST(RegistryTest, CountsAndTypesOfArgumentsAreChecked) {
  const BindContext context;
  EXPECT_EQ(Condition(Registry().Call("upper", {}, context).status()),
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
  const auto array = Registry().Call("array", {Int(1)}, context).ValueOrDie();
  EXPECT_EQ(Condition(Registry().Call("upper", {array}, context).status()),
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
}

TEST(RegexTest, RefusesByNameWhatRe2LacksOfJava) {
  const BindContext context;
  for (const auto& [pattern, construct] :
       {std::pair<const char*, const char*>{"a(?=b)", "look-ahead"},
        {"(?<!a)b", "look-behind"},
        {"(a)\\1", "back reference"},
        {"(?>a)b", "atomic group"},
        {"a*+", "possessive"},
        {"[a-z&&[^b]]", "character classes"}}) {
    const Status status = Registry().Call("rlike", {Text("x"), Text(pattern)}, context).status();
    ASSERT_FALSE(status.ok()) << pattern;
    EXPECT_NE(status.message().find(pattern), std::string::npos) << status.ToString();
    EXPECT_NE(status.message().find(construct), std::string::npos) << status.ToString();
  }
}

struct Generated {
  std::vector<int64_t> parents;
  std::vector<std::shared_ptr<arrow::Array>> columns;
};

Generated Generate(const std::string& name, const std::vector<ExpressionPtr>& arguments) {
  const auto bound = Registry().FindGenerator(name)->bind(arguments, BindContext()).ValueOrDie();
  const auto row =
      arrow::RecordBatch::Make(arrow::schema({}), 1, std::vector<std::shared_ptr<arrow::Array>>());
  std::vector<std::shared_ptr<arrow::Array>> values;
  for (const ExpressionPtr& argument : bound.arguments) {
    values.push_back(EvaluateToArray(*argument, *row, EvaluationContext()).ValueOrDie());
  }
  Generated generated;
  const Status status =
      bound.generate(values, 1, bound.outer, &generated.parents, &generated.columns);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return generated;
}

TEST(GeneratorTest, ExplodeAndItsKin) {
  const BindContext context;
  const auto null = MakeLiteral(arrow::MakeNullScalar(ArrayOf(arrow::int32())));
  const auto numbers = Registry().Call("array", {Int(10), Int(20)}, context).ValueOrDie();
  const auto empty = Registry().Call("array", {}, context).ValueOrDie();
  const auto map = Registry().Call("map", {Text("k"), Int(1)}, context).ValueOrDie();

  Generated made = Generate("explode", {numbers});
  EXPECT_EQ(Show(*made.columns[0]), "10 20");
  EXPECT_EQ(made.parents, (std::vector<int64_t>{0, 0}));
  EXPECT_TRUE(Generate("explode", {null}).parents.empty());
  EXPECT_TRUE(Generate("explode", {empty}).parents.empty());
  EXPECT_EQ(Show(*Generate("explode_outer", {null}).columns[0]), "NULL");

  made = Generate("posexplode", {numbers});
  EXPECT_EQ(Show(*made.columns[0]), "0 1");
  EXPECT_EQ(Show(*made.columns[1]), "10 20");
  made = Generate("posexplode_outer", {empty});
  EXPECT_EQ(Show(*made.columns[0]), "NULL");
  EXPECT_EQ(Show(*made.columns[1]), "NULL");
  made = Generate("explode", {map});
  EXPECT_EQ(Show(*made.columns[0]), "k");
  EXPECT_EQ(Show(*made.columns[1]), "1");

  const auto pair = Registry().Call("struct", {Int(1), Text("a")}, context).ValueOrDie();
  const auto pairs = Registry().Call("array", {pair, pair}, context).ValueOrDie();
  made = Generate("inline", {pairs});
  EXPECT_EQ(Show(*made.columns[0]), "1 1");
  EXPECT_EQ(Show(*made.columns[1]), "a a");

  made = Generate("stack", {Int(2), Int(1), Int(2), Int(3)});
  EXPECT_EQ(Show(*made.columns[0]), "1 3");
  EXPECT_EQ(Show(*made.columns[1]), "2 NULL");

  made = Generate("json_tuple", {Text(R"({"a":1,"b":"x","c":null,"d":{"e":1.0}})"), Text("a"),
                                 Text("b"), Text("c"), Text("d"), Text("z")});
  std::string shown;
  for (const auto& column : made.columns) shown += Show(*column) + " ";
  EXPECT_EQ(shown, "1 x NULL {\"e\":1.0} NULL ");
}

// Values of semantics.md 3.1.
TEST(TimeWindowTest, SlidingWindowsOfTheReference) {
  const auto at = [](const char* text) {
    return MakeLiteral(std::make_shared<arrow::TimestampScalar>(
        *ParseTimestamp(text, *TimeZone::Utc()), TimestampType()));
  };
  Generated made = Generate("__sliding_window", {at("1969-12-31 23:59:00"), Text("10 minutes"),
                                                 Text("3 minutes"), Text("1 minute")});
  EXPECT_EQ(Show(*made.columns[0]),
            "{1969-12-31 23:58:00, 1970-01-01 00:08:00} {1969-12-31 23:55:00, 1970-01-01 00:05:00} "
            "{1969-12-31 23:52:00, 1970-01-01 00:02:00}");
  made = Generate("__sliding_window", {at("2024-01-01 12:05:00"), Text("12 minutes"),
                                       Text("5 minutes"), Text("2 minutes")});
  EXPECT_EQ(
      Show(*made.columns[0]),
      "{2024-01-01 12:02:00, 2024-01-01 12:14:00} {2024-01-01 11:57:00, 2024-01-01 12:09:00}");
  const auto tumbling =
      Registry()
          .Call("window", {at("2024-01-01 12:07:00"), Text("5 minutes")}, BindContext())
          .ValueOrDie();
  const auto row =
      arrow::RecordBatch::Make(arrow::schema({}), 1, std::vector<std::shared_ptr<arrow::Array>>());
  EXPECT_EQ(Show(*EvaluateToArray(*tumbling, *row, EvaluationContext()).ValueOrDie()),
            "{2024-01-01 12:05:00, 2024-01-01 12:10:00}");
  EXPECT_EQ(
      Condition(Registry()
                    .Call("window", {at("2024-01-01 12:07:00"), Text("1 month")}, BindContext())
                    .status()),
      "_LEGACY_ERROR_TEMP_3231");
  EXPECT_EQ(
      Condition(Registry()
                    .Call("window", {at("2024-01-01 12:07:00"), Text("0 seconds")}, BindContext())
                    .status()),
      "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE");
}

}  // namespace
}  // namespace headrace
