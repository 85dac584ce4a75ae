#include "connect/plan_translator.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "connect/arrow_streams.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

messages::Relation Numbers() {
  messages::Relation relation;
  relation.mutable_range()->set_end(10);
  relation.mutable_range()->set_step(1);
  return relation;
}

messages::Expression Column(const std::string& name) {
  messages::Expression expression;
  expression.mutable_unresolved_attribute()->set_unparsed_identifier(name);
  return expression;
}

messages::Expression Number(int value) {
  messages::Expression expression;
  expression.mutable_literal()->set_integer(value);
  return expression;
}

class PlanTranslatorTest : public ::testing::Test {
 protected:
  PlanTranslatorTest() {
    context_.artifact = [this](const std::string& name) -> std::optional<std::string> {
      auto found = artifacts_.find(name);
      return found == artifacts_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  LogicalPlanPtr Translate(const messages::Relation& relation) {
    auto plan = PlanTranslator(context_).Relation(relation);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.ok() ? *plan : NewLogicalPlan(LogicalKind::kUnsupported);
  }
  Status Refusal(const messages::Relation& relation) {
    return PlanTranslator(context_).Relation(relation).status();
  }

  TranslationContext context_;
  std::map<std::string, std::string> artifacts_;
};

// Kinds that are in the definitions must not fall through: each gives a plan or names itself.
TEST_F(PlanTranslatorTest, EveryKindOfRelationIsTranslatedOrRefused) {
  const auto* kinds = messages::Relation::descriptor()->FindOneofByName("rel_type");
  for (int i = 0; i < kinds->field_count(); ++i) {
    messages::Relation relation;
    relation.GetReflection()->MutableMessage(&relation, kinds->field(i));
    auto plan = PlanTranslator(context_).Relation(relation);
    if (plan.ok()) continue;
    EXPECT_NE(ErrorDetail::Get(plan.status()), nullptr)
        << kinds->field(i)->name() << ": " << plan.status();
  }
}

// A token means something in the process that gave it out only; to a server it is some function.
TEST_F(PlanTranslatorTest, FunctionsOverGroupsAreThoseOfTheProgramOnly) {
  class Function : public GroupFunction {
    Result<DeclaredVariables> Variables(const GroupFunctionCall&) const override {
      return Status::Invalid("not called");
    }
    Result<std::unique_ptr<GroupProcessor>> Make(
        std::shared_ptr<const GroupFunctionCall>) const override {
      return Status::Invalid("not called");
    }
  };
  messages::Relation relation;
  auto* map = relation.mutable_group_map();
  *map->mutable_input() = Numbers();
  *map->add_grouping_expressions() = Column("id");
  map->mutable_func()->set_function_name("transformWithState");
  map->mutable_func()->mutable_scalar_scala_udf()->set_payload("token");
  auto* info = map->mutable_transform_with_state_info();
  info->set_time_mode("ProcessingTime");
  info->mutable_output_schema()->mutable_unparsed()->set_data_type_string("k BIGINT, n INT");
  map->set_output_mode("update");
  EXPECT_EQ(ErrorDetail::Get(Refusal(relation))->condition(), "UNSUPPORTED_FEATURE");

  context_.group_function = [](const std::string& token) -> std::shared_ptr<const GroupFunction> {
    return token == "token" ? std::make_shared<Function>() : nullptr;
  };
  const auto plan = Translate(relation);
  EXPECT_EQ(plan->kind, LogicalKind::kGroupsWithState);
  EXPECT_EQ(plan->group_function->kind, GroupFunctionCall::Kind::kTransformWithState);
  EXPECT_EQ(plan->group_function->timeout, GroupFunctionCall::Timeout::kProcessingTime);
  EXPECT_EQ(plan->group_function->output_mode, OutputMode::kUpdate);
  EXPECT_EQ(plan->group_function->output_schema->num_fields(), 2);

  map->mutable_func()->mutable_scalar_scala_udf()->set_payload("tokem");
  EXPECT_EQ(ErrorDetail::Get(Refusal(relation))->condition(), "UNSUPPORTED_FEATURE");
}

TEST_F(PlanTranslatorTest, EveryKindOfExpressionIsTranslatedOrRefused) {
  const auto* kinds = messages::Expression::descriptor()->FindOneofByName("expr_type");
  for (int i = 0; i < kinds->field_count(); ++i) {
    messages::Expression expression;
    expression.GetReflection()->MutableMessage(&expression, kinds->field(i));
    auto translated = PlanTranslator(context_).Expression(expression);
    if (translated.ok()) continue;
    EXPECT_NE(ErrorDetail::Get(translated.status()), nullptr)
        << kinds->field(i)->name() << ": " << translated.status();
  }
}

TEST_F(PlanTranslatorTest, AnAliasHasAName) {
  messages::Relation relation;
  auto* project = relation.mutable_project();
  *project->mutable_input() = Numbers();
  *project->add_expressions()->mutable_alias()->mutable_expr() = Number(1);
  EXPECT_EQ(ErrorDetail::Get(Refusal(relation))->condition(), "MULTI_ALIAS_WITHOUT_GENERATOR");
}

TEST_F(PlanTranslatorTest, StreamingRead) {
  messages::Relation relation;
  relation.mutable_common()->set_plan_id(7);
  auto* read = relation.mutable_read();
  read->set_is_streaming(true);
  read->mutable_data_source()->set_format("text");
  read->mutable_data_source()->add_paths("/logs");
  (*read->mutable_data_source()->mutable_options())["maxFilesPerTrigger"] = "1";
  auto plan = Translate(relation);
  EXPECT_EQ(plan->kind, LogicalKind::kRead);
  EXPECT_EQ(plan->plan_id, 7);
  EXPECT_TRUE(plan->streaming);
  EXPECT_EQ(plan->format, "text");
  EXPECT_THAT(plan->paths, ElementsAre("/logs"));
  EXPECT_EQ(plan->options.Get("MAXFILESPERTRIGGER"), "1");

  read->mutable_data_source()->add_paths("/more");
  EXPECT_THAT(Refusal(relation).message(), HasSubstr("one path"));
}

TEST_F(PlanTranslatorTest, WordCount) {
  messages::Relation relation;
  auto* aggregate = relation.mutable_aggregate();
  aggregate->set_group_type(messages::Aggregate::GROUP_TYPE_GROUPBY);
  *aggregate->add_grouping_expressions() = Column("word");
  auto* count = aggregate->add_aggregate_expressions()->mutable_alias();
  count->add_name("count");
  count->mutable_expr()->mutable_unresolved_function()->set_function_name("count");
  *count->mutable_expr()->mutable_unresolved_function()->add_arguments() = Number(1);
  auto* project = aggregate->mutable_input()->mutable_project();
  *project->mutable_input() = Numbers();
  auto* word = project->add_expressions()->mutable_alias();
  word->add_name("word");
  auto* explode = word->mutable_expr()->mutable_unresolved_function();
  explode->set_function_name("explode");
  *explode->add_arguments() = Column("value");

  auto plan = Translate(relation);
  EXPECT_EQ(plan->kind, LogicalKind::kAggregate);
  EXPECT_EQ(plan->group_type, GroupType::kGroupBy);
  EXPECT_THAT(plan->groupings.at(0)->name_parts, ElementsAre("word"));
  EXPECT_THAT(plan->expressions.at(0)->aliases, ElementsAre("count"));
  EXPECT_EQ(plan->expressions.at(0)->children.at(0)->name, "count");
  EXPECT_EQ(plan->children.at(0)->kind, LogicalKind::kProject);
}

TEST_F(PlanTranslatorTest, SortOrdersHaveSparksDefaults) {
  messages::Relation relation;
  *relation.mutable_sort()->mutable_input() = Numbers();
  relation.mutable_sort()->set_is_global(true);
  auto* descending = relation.mutable_sort()->add_order();
  *descending->mutable_child() = Column("id");
  descending->set_direction(messages::Expression::SortOrder::SORT_DIRECTION_DESCENDING);
  *relation.mutable_sort()->add_order()->mutable_child() = Column("id");
  auto plan = Translate(relation);
  EXPECT_FALSE(plan->expressions.at(0)->ascending);
  EXPECT_FALSE(plan->expressions.at(0)->nulls_first);
  EXPECT_TRUE(plan->expressions.at(1)->ascending);
  EXPECT_TRUE(plan->expressions.at(1)->nulls_first);
}

TEST_F(PlanTranslatorTest, LocalRowsWithTheirDeclaredTypes) {
  auto schema = arrow::schema({arrow::field("a", arrow::int64())});
  auto batch = *arrow::RecordBatch::MakeEmpty(schema);
  messages::Relation relation;
  relation.mutable_local_relation()->set_data(*WriteArrowStream(*batch));
  EXPECT_EQ(Translate(relation)->kind, LogicalKind::kLocalData);

  relation.mutable_local_relation()->set_schema("b BIGINT");
  auto renamed = Translate(relation);
  EXPECT_EQ(renamed->kind, LogicalKind::kLocalData);
  EXPECT_EQ(renamed->schema->field(0)->name(), "b");

  relation.mutable_local_relation()->set_schema("b INT");
  auto cast = Translate(relation);
  EXPECT_EQ(cast->kind, LogicalKind::kToSchema);
  EXPECT_THAT(cast->children.at(0)->names, ElementsAre("b"));

  relation.mutable_local_relation()->set_schema("b INT, c INT");
  EXPECT_THAT(Refusal(relation).message(), HasSubstr("2 columns"));
}

TEST_F(PlanTranslatorTest, UploadedRowsAreFoundByHash) {
  auto schema = arrow::schema({arrow::field("a", arrow::int64())});
  std::string stream = *WriteArrowStream(*arrow::RecordBatch::MakeEmpty(schema).ValueOrDie());
  messages::LocalRelation whole;
  whole.set_data(stream);
  artifacts_ = {{"cache/whole", whole.SerializeAsString()},
                {"cache/part", stream},
                {"cache/schema", "a BIGINT"}};
  messages::Relation relation;
  relation.mutable_cached_local_relation()->set_hash("whole");
  EXPECT_EQ(Translate(relation)->kind, LogicalKind::kLocalData);
  relation.mutable_cached_local_relation()->set_hash("nothing");
  EXPECT_THAT(Refusal(relation).message(), HasSubstr("nothing"));

  auto* chunked = relation.mutable_chunked_cached_local_relation();
  chunked->add_datahashes("part");
  chunked->add_datahashes("part");
  chunked->set_schemahash("schema");
  EXPECT_EQ(Translate(relation)->batches.size(), 2u);
}

TEST_F(PlanTranslatorTest, DataFramesInsideSqlStandWhereTheirNamesStand) {
  messages::Relation relation;
  auto* with = relation.mutable_with_relations();
  with->mutable_root()->mutable_sql()->set_query("SELECT id FROM T WHERE id > 1");
  auto* reference = with->add_references()->mutable_subquery_alias();
  reference->set_alias("t");
  *reference->mutable_input() = Numbers();
  auto plan = Translate(relation);
  while (!plan->children.empty() && plan->kind != LogicalKind::kSubqueryAlias) {
    plan = plan->children.front();
  }
  EXPECT_EQ(plan->kind, LogicalKind::kSubqueryAlias);
  EXPECT_EQ(plan->children.at(0)->kind, LogicalKind::kRange);
}

TEST_F(PlanTranslatorTest, CatalogOperationsCarryTheirArguments) {
  messages::Relation relation;
  relation.mutable_catalog()->mutable_table_exists()->set_table_name("t");
  auto plan = Translate(relation);
  EXPECT_EQ(plan->name, "tableExists");
  EXPECT_THAT(plan->names, ElementsAre("t", ""));
}

TEST_F(PlanTranslatorTest, FieldsThatNobodyActsUponAreRefusedByName) {
  messages::Relation relation;
  relation.mutable_read()->mutable_data_source()->set_format("rate");
  relation.mutable_read()->mutable_data_source()->set_source_name("later");
  EXPECT_THAT(Refusal(relation).message(), HasSubstr("source_name"));

  messages::Relation unknown = Numbers();
  unknown.GetReflection()->MutableUnknownFields(&unknown)->AddVarint(48, 1);
  EXPECT_THAT(Refusal(unknown).message(), HasSubstr("field 48 of message Relation"));

  messages::Relation filter;
  *filter.mutable_filter()->mutable_input() = Numbers();
  filter.mutable_filter()->mutable_condition()->mutable_common();
  filter.mutable_filter()->mutable_condition()->mutable_window()->mutable_frame_spec();
  EXPECT_THAT(Refusal(filter).message(), HasSubstr("window frame"));
}

TEST_F(PlanTranslatorTest, CastsAndTryCasts) {
  messages::Expression expression;
  *expression.mutable_cast()->mutable_expr() = Column("a");
  expression.mutable_cast()->set_type_str("array<int>");
  auto cast = PlanTranslator(context_).Expression(expression);
  ASSERT_TRUE(cast.ok()) << cast.status();
  EXPECT_FALSE((*cast)->try_cast);
  EXPECT_TRUE((*cast)->type->Equals(*ArrayOf(arrow::int32())));
  expression.mutable_cast()->set_eval_mode(messages::Expression::Cast::EVAL_MODE_TRY);
  EXPECT_TRUE((*PlanTranslator(context_).Expression(expression))->try_cast);
  expression.mutable_cast()->set_eval_mode(messages::Expression::Cast::EVAL_MODE_LEGACY);
  EXPECT_FALSE(PlanTranslator(context_).Expression(expression).ok());
}

}  // namespace
}  // namespace headrace
