// Names, types, nullability and errors, as Spark 4.1 gives them for the same queries.
#include "plan/analyzer.h"

#include "plan/testing.h"

namespace headrace {
namespace {

class AnalyzerTest : public testing::PlanTest {};

TEST_F(AnalyzerTest, NamesColumnsAsTheUserWroteThem) {
  EXPECT_EQ(Schema(Select(T(), {Column("A"), Column("t.b"), Column("st.f"), Column("st")})),
            "A int, b bigint!, f int, st struct<f:int,g:string>");
  EXPECT_EQ(
      Schema(Select(T(), {Call("lower", {Column("S")}), Column("T.S"), Column("a"), Column("a")})),
      "lower(S) string, S string, a int, a int");
}

TEST_F(AnalyzerTest, NamesComputedColumnsByTheirText) {
  EXPECT_EQ(Schema(Select(T(), {Call("+", {Column("a"), Int(1)}), Call("upper", {Column("t.s")}),
                                Call("upper", {Column("st.g")}), Call("%", {Column("a"), Int(2)}),
                                Call("negative", {Column("a")}), Call("not", {Column("ok")}),
                                Call("isnull", {Column("a")})})),
            "(a + 1) int, upper(s) string, upper(st.g) string, (a % 2) int, negative(a) int, "
            "(NOT ok) boolean, (a IS NULL) boolean!");
  EXPECT_EQ(Schema(Select(T(), {As(Call("+", {Column("a"), Column("b")}), "x")})), "x bigint");
}

TEST_F(AnalyzerTest, KeepsTheNameOfACastColumn) {
  auto cast = [](UnresolvedPtr child) {
    return UnresolvedCast(std::move(child), arrow::utf8(), false);
  };
  EXPECT_EQ(Schema(Select(T(), {cast(Column("a")), cast(Call("+", {Column("a"), Int(1)})),
                                Call("upper", {cast(Column("a"))}),
                                UnresolvedCast(Column("a"), arrow::utf8(), true)})),
            "a string, CAST((a + 1) AS STRING) string, upper(CAST(a AS STRING)) string, a string");
  EXPECT_EQ(Schema(Select(T(), {cast(Column("st.f"))})), "CAST(st.f AS STRING) string");
}

TEST_F(AnalyzerTest, NamesDateArithmeticByItsFunction) {
  const auto day = UnresolvedLiteral(
      std::make_shared<arrow::DurationScalar>(86400000000, arrow::duration(arrow::TimeUnit::MICRO)),
      "INTERVAL '1' DAY");
  EXPECT_EQ(
      Schema(Select(T(), {Call("+", {Column("ts"), day}), Call("+", {day, Column("ts")}),
                          Call("+", {Column("dt"), Int(1)}), Call("-", {Column("dt"), Int(1)})})),
      "ts + INTERVAL '1' DAY timestamp, ts + INTERVAL '1' DAY timestamp, "
      "date_add(dt, 1) date, date_sub(dt, 1) date");
}

TEST_F(AnalyzerTest, ExpandsStars) {
  EXPECT_EQ(Schema(Select(U(), {Star(), As(Column("a"), "b2")})), "a int, c string, b2 int");
  EXPECT_EQ(Schema(Select(U(), {UnresolvedStar({"u"})})), "a int, c string");
  EXPECT_EQ(Schema(Select(T(), {UnresolvedStar({"st"})})), "f int, g string");
  EXPECT_EQ(Schema(Select(T(), {UnresolvedStar({"x"})})),
            "CANNOT_RESOLVE_STAR_EXPAND columns=`a`, `arr`, `b`, `d`, `dc`, `dt`, `m`, `ok`, `s`, "
            "`st`, `ts` targetString=`x`");
}

TEST_F(AnalyzerTest, SuggestsTheNearestColumns) {
  EXPECT_EQ(Schema(Select(T(), {Column("zz")})),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`zz` proposal=`a`, `b`, `d`, `m`, `s`");
  EXPECT_EQ(Schema(Select(T(), {Column("x.a")})),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`x`.`a` proposal=`t`.`a`, `t`.`b`, "
            "`t`.`d`, `t`.`m`, `t`.`s`");
  auto nothing = NewLogicalPlan(LogicalKind::kProject);
  nothing->expressions = {Column("d")};
  EXPECT_EQ(Schema(nothing), "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION objectName=`d`");
}

TEST_F(AnalyzerTest, TellsWhatCannotBeResolved) {
  EXPECT_EQ(Schema(Select(T(), {Column("st.zz")})),
            "FIELD_NOT_FOUND fieldName=`zz` fields=`f`, `g`");
  EXPECT_EQ(Schema(Select(T(), {Column("a.b")})),
            "INVALID_EXTRACT_BASE_FIELD_TYPE base=\"a\" other=\"INT\"");
  EXPECT_EQ(Schema(Select(T(), {Call("uper", {Column("s")})})),
            "UNRESOLVED_ROUTINE routineName=`uper` searchPath=[`system`.`builtin`, "
            "`system`.`session`, `spark_catalog`.`default`]");
  auto table = NewLogicalPlan(LogicalKind::kNamedTable);
  table->name_parts = {"nope"};
  EXPECT_EQ(Schema(table), "TABLE_OR_VIEW_NOT_FOUND relationName=`nope`");
  EXPECT_EQ(Schema(Select(Join(T(), U(), JoinType::kInner, nullptr), {Column("a")})),
            "AMBIGUOUS_REFERENCE name=`a` referenceNames=[`t`.`a`, `u`.`a`]");
}

TEST_F(AnalyzerTest, ChecksConditions) {
  EXPECT_EQ(Schema(Where(T(), Column("a"))),
            "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN filter=\"a\" sqlExpr=\"a\" type=\"INT\"");
  EXPECT_EQ(Schema(Where(T(), Call(">", {CountAll(), Int(1)}))),
            "INVALID_WHERE_CONDITION condition=\"(count(1) > 1)\" expressionList=count(1)");
  EXPECT_EQ(Schema(Join(T(), U(), JoinType::kInner, Column("b"))),
            "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE conditionType=\"BIGINT\" joinCondition=\"b\"");
}

TEST_F(AnalyzerTest, GroupsByColumnsAndExpressions) {
  EXPECT_EQ(Schema(GroupBy(T(), {Column("s")}, {As(Call("count", {Int(1)}), "count")})),
            "s string, count bigint!");
  EXPECT_EQ(Schema(GroupBy(T(), {Call("+", {Column("a"), Int(1)})},
                           {Call("sum", {Column("b")}), As(Call("sum", {Column("b")}), "x")})),
            "(a + 1) int, sum(b) bigint, x bigint");
  EXPECT_EQ(Schema(GroupBy(T(), {As(Column("a"), "k")}, {As(Call("count", {Int(1)}), "count")})),
            "k int, count bigint!");
  const auto plus_one = Call("+", {Column("a"), Int(1)});
  EXPECT_EQ(Schema(SqlGroupBy(T(), {plus_one, CountAll()}, {plus_one})),
            "(a + 1) int, count(1) bigint!");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Call("+", {Call("sum", {Column("a")}), Int(1)}), Column("s")},
                              {Column("s")})),
            "(sum(a) + 1) bigint, s string");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Int(1), Column("s"), CountAll()}, {Int(2)})),
            "1 int!, s string, count(1) bigint!");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {As(Column("a"), "x")}, {Column("x")})), "x int");
}

TEST_F(AnalyzerTest, AggregatesWithoutGroups) {
  UnresolvedPtr distinct = UnresolvedCall("count", {Column("a"), Column("b")}, true);
  auto filtered = std::make_shared<UnresolvedExpression>(*Call("sum", {Column("a")}));
  filtered->filter = Call(">", {Column("a"), Int(1)});
  EXPECT_EQ(Schema(Select(T(), {CountAll(), Call("count", {Column("a")}), distinct, filtered})),
            "count(1) bigint!, count(a) bigint!, count(DISTINCT a, b) bigint!, "
            "sum(a) FILTER (WHERE (a > 1)) bigint");
  EXPECT_EQ(Schema(Select(T(), {Call("avg", {Column("a")}), Call("avg", {Column("dc")}),
                                Call("sum", {Column("dc")}), Call("min", {Column("s")})})),
            "avg(a) double, avg(dc) decimal(14,6), sum(dc) decimal(20,2), min(s) string");
}

TEST_F(AnalyzerTest, RefusesUngroupedColumns) {
  const auto plus = [](int value) { return Call("+", {Column("a"), Int(value)}); };
  EXPECT_EQ(Schema(SqlGroupBy(T(), {plus(2), CountAll()}, {plus(1)})),
            "MISSING_AGGREGATION expression=\"a\" expressionAnyValue=\"any_value(a)\"");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Column("a"), Column("b")}, {Column("a")})),
            "MISSING_AGGREGATION expression=\"b\" expressionAnyValue=\"any_value(b)\"");
  EXPECT_EQ(Schema(Select(T(), {Column("a"), CountAll()})), "MISSING_GROUP_BY");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Column("a")}, {CountAll()})),
            "GROUP_BY_AGGREGATE sqlExpr=count(1)");
  EXPECT_EQ(Schema(Select(T(), {Call("sum", {Call("sum", {Column("a")})})})),
            "NESTED_AGGREGATE_FUNCTION");
  EXPECT_EQ(Schema(SqlGroupBy(T(), {Int(1)}, {Int(5)})),
            "GROUP_BY_POS_OUT_OF_RANGE index=5 size=1");
}

TEST_F(AnalyzerTest, FiltersAndSortsGroups) {
  const auto grouped = SqlGroupBy(T(), {As(Column("s"), "k"), As(CountAll(), "n")}, {Column("k")},
                                  Call(">", {Column("n"), Int(1)}));
  EXPECT_EQ(Schema(OrderBy(grouped, {Call("max", {Column("a")})})), "k string, n bigint!");
  EXPECT_EQ(Schema(Where(GroupBy(T(), {Column("s")}, {As(Call("sum", {Column("a")}), "x")}),
                         Call(">", {CountAll(), Int(1)}))),
            "s string, x bigint");
  EXPECT_EQ(Schema(Select(
                T(), {As(Call("sum", {Column("a")}), "x"), As(Call("sum", {Column("a")}), "y")})),
            "x bigint, y bigint");
}

TEST_F(AnalyzerTest, SortsByColumnsThatAreNotSelected) {
  EXPECT_EQ(Schema(OrderBy(Select(T(), {Column("a")}), {Column("b")})), "a int");
  EXPECT_EQ(Schema(Where(Select(T(), {Column("a")}), Call(">", {Column("b"), Int(1)}))), "a int");
  EXPECT_EQ(Schema(OrderBy(Table("q", Select(T(), {Column("a")})), {Column("b")})),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION objectName=`b` proposal=`a`");
  EXPECT_EQ(Schema(OrderBy(Select(T(), {Column("a")}), {Int(3)})),
            "ORDER_BY_POS_OUT_OF_RANGE index=3 size=1");
  EXPECT_EQ(Schema(OrderBy(T(), {Column("m")})),
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE dataType=\"MAP<STRING, INT>\" "
            "functionName=`sortorder` sqlExpr=\"m ASC NULLS FIRST\"");
}

TEST_F(AnalyzerTest, ReusesAliasesOfTheSameSelect) {
  EXPECT_EQ(Schema(Select(T(), {As(Call("+", {Column("a"), Int(1)}), "x"),
                                As(Call("+", {Column("x"), Int(1)}), "y")})),
            "x int, y int");
}

TEST_F(AnalyzerTest, Generates) {
  const auto explode = [](const char* column) { return Call("explode", {Column(column)}); };
  EXPECT_EQ(Schema(Select(T(), {explode("arr")})), "col string");
  EXPECT_EQ(Schema(Select(T(), {explode("m")})), "key string!, value int");
  EXPECT_EQ(Schema(Select(T(), {Call("posexplode", {Column("arr")})})), "pos int!, col string");
  EXPECT_EQ(Schema(Select(T(), {As(explode("arr"), "x"), Column("a")})), "x string, a int");
  EXPECT_EQ(Schema(Select(T(), {UnresolvedAlias(explode("m"), {"k", "v"})})), "k string!, v int");
  EXPECT_EQ(Schema(Select(T(), {explode("arr"), explode("arr")})), "col string, col string");
  EXPECT_EQ(Schema(Select(T(), {As(explode("m"), "k")})),
            "UDTF_ALIAS_NUMBER_MISMATCH aliasesNames=k aliasesSize=2");
  EXPECT_EQ(Schema(Select(T(), {Call("upper", {explode("arr")})})),
            "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS expression=\"explode\"");
  EXPECT_EQ(Schema(Where(T(), Call("=", {explode("arr"), Text("x")}))),
            "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT plan=explode");
}

TEST_F(AnalyzerTest, JoinsUsingColumns) {
  const auto left = [] { return Table("l", Read("a INT, b BIGINT NOT NULL", false)); };
  EXPECT_EQ(Schema(JoinUsing(left(), U(), JoinType::kInner, {"a"})), "a int, b bigint!, c string");
  EXPECT_EQ(Schema(JoinUsing(left(), U(), JoinType::kFullOuter, {"a"})),
            "a int, b bigint, c string");
  EXPECT_EQ(Schema(JoinUsing(left(), U(), JoinType::kRightOuter, {"a"})),
            "a int, b bigint, c string");
  EXPECT_EQ(Schema(JoinUsing(left(), U(), JoinType::kLeftSemi, {"a"})), "a int, b bigint!");
  EXPECT_EQ(Schema(Select(JoinUsing(left(), U(), JoinType::kInner, {"a"}),
                          {Column("u.a"), Column("l.a")})),
            "a int, a int");
  EXPECT_EQ(Schema(JoinUsing(left(), U(), JoinType::kInner, {"zz"})),
            "UNRESOLVED_USING_COLUMN_FOR_JOIN colName=`zz` side=left suggestion=`a`, `b`");
}

TEST_F(AnalyzerTest, CombinesTables) {
  const auto column = [](const char* name) { return Select(T(), {Column(name)}); };
  EXPECT_EQ(Schema(SetOperation(LogicalKind::kUnion, column("a"), column("b"))), "a bigint");
  EXPECT_EQ(Schema(SetOperation(LogicalKind::kUnion, column("a"), column("s"))), "a bigint");
  EXPECT_EQ(Schema(SetOperation(LogicalKind::kIntersect, column("a"), column("b"))), "a bigint!");
  EXPECT_EQ(Schema(SetOperation(LogicalKind::kUnion, Select(T(), {Column("a"), Column("b")}),
                                column("a"))),
            "NUM_COLUMNS_MISMATCH firstNumColumns=2 invalidNumColumns=1 invalidOrdinalNum=second "
            "operator=UNION");
  EXPECT_EQ(Schema(SetOperation(LogicalKind::kUnion, column("arr"), column("a"))),
            "INCOMPATIBLE_COLUMN_TYPE columnOrdinalNumber=first dataType1=\"INT\" "
            "dataType2=\"ARRAY<STRING>\" hint= operator=UNION tableOrdinalNumber=second");
  auto by_name =
      NewLogicalPlan(LogicalKind::kUnion, {Select(T(), {Column("a"), Column("b")}), U()});
  by_name->by_name = true;
  EXPECT_EQ(Schema(by_name), "_LEGACY_ERROR_TEMP_1201 colName=b fieldNames=a, c");
  by_name->allow_missing_columns = true;
  EXPECT_EQ(Schema(by_name), "a int, b bigint, c string");
}

TEST_F(AnalyzerTest, EditsColumnLists) {
  const auto ab = [] { return Select(T(), {Column("a"), Column("b")}); };
  auto with = NewLogicalPlan(LogicalKind::kWithColumns, {ab()});
  with->expressions = {As(Call("+", {Column("a"), Int(1)}), "B"), As(Int(1), "n")};
  EXPECT_EQ(Schema(with), "a int, B int, n int!");
  with->expressions = {As(Column("a"), "x"), As(Column("a"), "X")};
  EXPECT_EQ(Schema(with), "COLUMN_ALREADY_EXISTS columnName=`x`");
  auto rename = NewLogicalPlan(LogicalKind::kRenameColumns, {ab()});
  rename->renames = {{"A", "x"}, {"nope", "y"}};
  EXPECT_EQ(Schema(rename), "x int, b bigint!");
  auto to_df = NewLogicalPlan(LogicalKind::kToDf, {ab()});
  to_df->names = {"x"};
  EXPECT_EQ(Schema(to_df), "ASSIGNMENT_ARITY_MISMATCH numExpr=1 numTarget=2");
  to_df->names = {"x", "y"};
  EXPECT_EQ(Schema(to_df), "x int, y bigint!");
  auto drop = NewLogicalPlan(LogicalKind::kDrop, {ab()});
  drop->names = {"zz", "A"};
  EXPECT_EQ(Schema(drop), "b bigint!");
}

TEST_F(AnalyzerTest, FindsColumnsOfADataFrameBelow) {
  const auto source = [] { return Read("a INT, b INT", false, 7); };
  EXPECT_EQ(Schema(Select(Where(source(), Call(">", {Column("a", 7), Int(0)})), {Column("b", 7)})),
            "b int");
  // The column is gone: the name decides.
  EXPECT_EQ(Schema(Select(Select(source(), {As(Column("b"), "a")}), {Column("a", 7)})), "a int");
  EXPECT_EQ(Schema(Select(source(), {Column("a", 99)})),
            "CANNOT_RESOLVE_DATAFRAME_COLUMN name=`a`");
  // df.join(df, df.a == df.a): both sides have the column.
  EXPECT_EQ(Schema(Join(source(), source(), JoinType::kInner,
                        Call("=", {Column("a", 7), Column("a", 7)}))),
            "AMBIGUOUS_COLUMN_REFERENCE name=`a`");
  // After a join the sides are told apart by what they were taken from.
  EXPECT_EQ(Schema(Select(Join(source(), Read("a INT, c INT", false, 8), JoinType::kInner, nullptr),
                          {Column("a", 7), Column("a", 8)})),
            "a int, a int");
  EXPECT_EQ(
      Schema(Select(JoinUsing(source(), Read("a STRING, c INT", false, 8), JoinType::kInner, {"a"}),
                    {Column("a", 7), Column("a", 8)})),
      "a int, a string");
}

TEST_F(AnalyzerTest, DropsDuplicates) {
  EXPECT_EQ(Schema(Deduplicate(U(), {"A"})), "a int, c string");
  EXPECT_EQ(Schema(Deduplicate(U(), {"zz"})), "_LEGACY_ERROR_TEMP_1201 colName=zz fieldNames=a, c");
}

TEST_F(AnalyzerTest, ChecksLimits) {
  EXPECT_EQ(Schema(Limit(U(), -1)),
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE expr=\"-1\" name=limit v=-1");
  EXPECT_EQ(Schema(Limit(U(), 5)), "a int, c string");
}

TEST_F(AnalyzerTest, SharesOneSourceBetweenReadsOfOneDataFrame) {
  const auto twice =
      Analyzed(SetOperation(LogicalKind::kUnion, Read("", true, 3), Read("", true, 3)));
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ((*twice)->children[0]->relation_id, (*twice)->children[1]->relation_id);
  EXPECT_NE((*twice)->children[0]->output[0].id, (*twice)->children[1]->output[0].id);
  const auto two =
      Analyzed(SetOperation(LogicalKind::kUnion, Read("", true, 3), Read("", true, 4)));
  EXPECT_NE((*two)->children[0]->relation_id, (*two)->children[1]->relation_id);
}

TEST_F(AnalyzerTest, ResolvesStructs) {
  EXPECT_EQ(Schema(Select(U(), {Call("struct", {Column("a"), Call("+", {Column("a"), Int(1)}),
                                                As(Column("c"), "z")})})),
            "struct(a, (a + 1), c AS z) struct<a:int,col2:int,z:string>!");
}

TEST_F(AnalyzerTest, NamesTheCallInTypeErrors) {
  EXPECT_EQ(Schema(Select(T(), {Call("+", {Column("arr"), Int(1)})})),
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES left=\"ARRAY<STRING>\" right=\"INT\" "
            "sqlExpr=\"(arr + 1)\"");
  EXPECT_EQ(Schema(Select(T(), {UnresolvedCast(Column("arr"), arrow::int32(), false)})),
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION sqlExpr=\"CAST(arr AS INT)\" "
            "srcType=\"ARRAY<STRING>\" targetType=\"INT\"");
}

TEST_F(AnalyzerTest, GroupsBySets) {
  auto rollup = GroupBy(T(), {Column("a")}, {Column("a"), Call("grouping", {Column("a")})});
  rollup->select_list = true;
  rollup->group_type = GroupType::kRollup;
  EXPECT_EQ(Schema(rollup), "a int, grouping(a) tinyint!");
  auto cube = GroupBy(T(), {Column("b"), Column("s")}, {CountAll()});
  cube->group_type = GroupType::kCube;
  EXPECT_EQ(Schema(cube), "b bigint, s string, count(1) bigint!");
  auto sets = GroupBy(T(), {}, {Column("b"), Column("s"), CountAll()});
  sets->select_list = true;
  sets->group_type = GroupType::kGroupingSets;
  sets->grouping_sets = {{Column("b"), Column("s")}, {Column("b")}};
  EXPECT_EQ(Schema(sets), "b bigint!, s string, count(1) bigint!");
  EXPECT_EQ(Schema(Select(T(), {CountAll(), Call("grouping", {Column("a")})})),
            "UNSUPPORTED_GROUPING_EXPRESSION");
}

TEST_F(AnalyzerTest, Pivots) {
  auto pivot = GroupBy(T(), {Column("a")}, {Call("sum", {Column("b")})});
  pivot->group_type = GroupType::kPivot;
  pivot->pivot_column = Column("s");
  pivot->pivot_values = {Text("x"), Text("y")};
  EXPECT_EQ(Schema(pivot), "a int, x bigint, y bigint");
  pivot->expressions.push_back(As(CountAll(), "n"));
  EXPECT_EQ(Schema(pivot), "a int, x_sum(b) bigint, x_n bigint, y_sum(b) bigint, y_n bigint");
  // Beside what Spark cannot pick from groups by the value, counts of nothing are 0.
  pivot->expressions = {As(CountAll(), "n"), As(Call("max", {Column("s")}), "most")};
  EXPECT_EQ(Schema(pivot), "a int, x_n bigint!, x_most string, y_n bigint!, y_most string");
}

TEST_F(AnalyzerTest, PivotsOfStreams) {
  auto pivot =
      GroupBy(Stream(), {Column("timestamp")}, {CountAll(), Call("sum", {Column("value")})});
  pivot->group_type = GroupType::kPivot;
  pivot->pivot_column = Column("value");
  EXPECT_EQ(Schema(pivot), "_LEGACY_ERROR_TEMP_3063");
  pivot->pivot_values = {Int(1)};
  EXPECT_EQ(Schema(pivot), "timestamp timestamp, 1_count(1) bigint, 1_sum(value) bigint");
  pivot->pivot_column = Column("timestamp");
  pivot->pivot_values = {UnresolvedLiteral(arrow::MakeNullScalar(arrow::null()))};
  EXPECT_EQ(Schema(pivot), "timestamp timestamp, null_count(1) bigint, null_sum(value) bigint");
}

UnresolvedPtr SubqueryOf(const std::string& kind, LogicalPlanPtr plan,
                         std::vector<UnresolvedPtr> values = {}) {
  auto subquery = std::make_shared<UnresolvedExpression>();
  subquery->kind = UnresolvedKind::kSubquery;
  subquery->name = kind;
  subquery->subquery = std::move(plan);
  subquery->children = std::move(values);
  return subquery;
}

TEST_F(AnalyzerTest, JoinsSubqueriesByWhereTheyStand) {
  const auto matching = Where(U(), Call("==", {Column("u.a"), Column("t.a")}));
  const auto exists = SubqueryOf("exists", Select(matching, {Int(1)}));
  const auto tree = [&](UnresolvedPtr condition) {
    const auto plan = Analyzed(Select(Where(T(), std::move(condition)), {Column("b")}));
    return plan.ok() ? WithoutIds(ToTreeString(**plan)) : plan.status().ToString();
  };
  EXPECT_NE(tree(exists).find("Join LeftSemi, "), std::string::npos) << tree(exists);
  EXPECT_NE(tree(Call("not", {exists})).find("Join LeftAnti"), std::string::npos);
  EXPECT_NE(tree(Call("or", {exists, Column("ok")})).find("Join Existence"), std::string::npos);
  // NOT moves down to them first.
  const auto neither = Call("not", {Call("or", {exists, Column("ok")})});
  EXPECT_NE(tree(neither).find("Join LeftAnti"), std::string::npos) << tree(neither);
}

TEST_F(AnalyzerTest, NamesSubqueriesByTheColumnsTheyTakeFromOutside) {
  const auto matching = Where(U(), Call("==", {Column("u.a"), Column("t.a")}));
  EXPECT_EQ(
      Schema(Select(T(), {SubqueryOf("exists", matching),
                          SubqueryOf("scalar", Select(matching, {Call("max", {Column("c")})})),
                          SubqueryOf("in", Select(U(), {Column("a")}), {Column("b")})})),
      "exists(a) boolean!, scalarsubquery(a) string, (b IN (listquery())) boolean!");
}

TEST_F(AnalyzerTest, RefusesWhatSubqueriesMayNot) {
  const auto matching = Where(U(), Call("==", {Column("u.a"), Column("t.a")}));
  const auto best = SubqueryOf("scalar", Select(matching, {Call("max", {Column("c")})}));
  EXPECT_EQ(Schema(GroupBy(T(), {Column("a")}, {best})),
            "SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION sqlExpr=\"scalarsubquery(a)\"");
  EXPECT_EQ(
      Schema(OrderBy(
          T(), {UnresolvedSortOrder(SubqueryOf("in", Select(U(), {Column("a")}), {Column("b")}),
                                    true, true)})),
      "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY treeNode=Sort");
  EXPECT_EQ(
      Schema(Where(T(), SubqueryOf("in", Select(U(), {Column("a"), Column("c")}), {Column("b")}))),
      "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH leftLength=1 rightLength=2 "
      "sqlExpr=\"(b IN (listquery()))\"");
}

TEST_F(AnalyzerTest, GeneratesFromAggregates) {
  EXPECT_EQ(Schema(GroupBy(T(), {Column("s")},
                           {Call("explode", {Call("collect_list", {Column("a")})}), CountAll()})),
            "s string, col int!, count(1) bigint!");
}

}  // namespace
}  // namespace headrace
