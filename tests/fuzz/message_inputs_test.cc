// What comes over the network: requests of Spark Connect, as bytes and as messages.
#include <future>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "connect/arrow_streams.h"
#include "connect/message_bytes.h"
#include "connect/service.h"
#include "connectors/noop/noop.h"
#include "connectors/rate/rate.h"
#include "fuzzer.h"
#include "message_mutator.h"

namespace headrace::fuzz {
namespace {

using Texts = std::vector<std::string>;

constexpr char kSession[] = "00000000-0000-4000-8000-000000000001";

// Relations in protobuf's text form.
const Texts kRelations = {
    R"~(range { start: 0 end: 10 step: 1 num_partitions: 2 })~",
    R"~(project {
         input { range { end: 3 step: 1 } }
         expressions { alias { name: "x" expr { unresolved_function { function_name: "+"
             arguments { unresolved_attribute { unparsed_identifier: "id" } } arguments { literal { integer: 1 } } } } } }
         expressions { cast { expr { unresolved_attribute { unparsed_identifier: "id" } } type_str: "string" } }
         expressions { unresolved_star {} }
         expressions { expression_string { expression: "id * 2 AS y" } }
         expressions { literal { array { element_type { integer {} } elements { integer: 1 } } } } })~",
    R"~(aggregate {
         input { with_watermark { event_time: "timestamp" delay_threshold: "10 minutes"
             input { read { is_streaming: true data_source { format: "rate" options { key: "rowsPerSecond" value: "1" } } } } } }
         group_type: GROUP_TYPE_GROUPBY
         grouping_expressions { unresolved_function { function_name: "window"
             arguments { unresolved_attribute { unparsed_identifier: "timestamp" } } arguments { literal { string: "5 minutes" } } } }
         aggregate_expressions { alias { name: "n" expr { unresolved_function { function_name: "count"
             arguments { literal { integer: 1 } } is_distinct: true } } } } })~",
    R"~(join {
         left { subquery_alias { alias: "l" input { range { end: 3 step: 1 } } } }
         right { subquery_alias { alias: "r" input { range { end: 3 step: 1 } } } }
         join_condition { unresolved_function { function_name: "=="
             arguments { unresolved_attribute { unparsed_identifier: "l.id" } }
             arguments { unresolved_attribute { unparsed_identifier: "r.id" } } } }
         join_type: JOIN_TYPE_LEFT_OUTER })~",
    R"~(sort { is_global: true order { child { unresolved_attribute { unparsed_identifier: "id" } }
           direction: SORT_DIRECTION_DESCENDING null_ordering: SORT_NULLS_LAST }
         input { set_op { set_op_type: SET_OP_TYPE_UNION is_all: true by_name: true allow_missing_columns: true
             left_input { range { end: 3 step: 1 } } right_input { range { end: 3 step: 1 } } } } })~",
    R"~(filter { condition { expression_string { expression: "id > 1 AND id IN (1, 2)"}
}
input {
  deduplicate {
  column_names:
    "id" within_watermark : false input {
      limit {
      limit:
        5 input {
          offset {
          offset:
            1 input {
              sample {
              upper_bound:
                0.5 seed : 1 input {
                  range {
                  end:
                    9 step : 2
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
})~",
    R"~(sql { query: "SELECT id, :p FROM range(3) WHERE id = ?" named_arguments { key: "p" value { literal { date: 1 } } } })~",
    R"~(to_df { column_names: "a" input { with_columns { aliases { name: "id" expr { literal { decimal { value: "1.5" precision: 3 scale: 1 } } } }
         input { drop { column_names: "x" input { with_columns_renamed { rename_columns_map { key: "id" value: "i" }
             input { range { end: 3 step: 1 } } } } } } } } })~",
    R"~(unpivot { ids { unresolved_attribute { unparsed_identifier: "id" } } values { values { unresolved_attribute { unparsed_identifier: "id" } } }
         variable_column_name: "name" value_column_name: "value" input { range { end: 3 step: 1 } } })~",
    R"~(fill_na { cols: "id" values { long: 1 } input { drop_na { min_non_nulls: 1 input { replace { replacements {
         old_value { long: 1 } new_value { null { long {} } } } input { range { end: 3 step: 1 } } } } } } })~",
    R"~(to_schema { schema { struct { fields { name: "id" data_type { array { element_type { map { key_type { string {} } value_type { decimal { precision: 5 } } } } } } nullable: true } } }
         input { repartition { num_partitions: 3 shuffle: true input { hint { name: "broadcast" input { range { end: 3 step: 1 } } } } } } })~",
    R"~(collect_metrics { name: "m" metrics { expression_string { expression: "sum(id) AS s" } }
         input { summary { statistics: "mean" input { describe { cols: "id" input { range { end: 3 step: 1 } } } } } } })~",
    R"~(common_inline_user_defined_table_function { function_name: "f" deterministic: true })~",
    R"~(map_partitions { input { range { end: 3 step: 1 } } func { function_name: "f" deterministic: true
         python_udf { eval_type: 207 command: "\200\004." python_ver: "3.11" output_type { struct { fields { name: "a" data_type { long {} } } } } } } })~",
    R"~(catalog { list_tables { db_name: "default" pattern: "*" } })~"};

const Texts kWords = {"id",    "timestamp", "value",      "*",         "sum",
                      "count", "window",    "explode",    "from_json", "nosuch",
                      "+",     "and",       "a.b",        "`",         "1 minute",
                      "rate",  "string",    "array<int>", "",          "\xF0\x9F\x99\x82",
                      "l.id",  "when",      "SELECT 1"};

// Maps in the order of their keys: else each run of the test would begin with other bytes.
std::string Serialized(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

messages::AnalyzePlanRequest RequestFor(messages::Relation relation) {
  messages::AnalyzePlanRequest request;
  request.set_session_id(kSession);
  *request.mutable_schema()->mutable_plan()->mutable_root() = std::move(relation);
  return request;
}

class RequestTest : public ::testing::Test {
 protected:
  RequestTest() {
    auto engine = std::make_shared<Engine>();
    engine->connectors = &connectors_;
    engine->files = std::make_shared<MemoryFileSystem>();
    RegisterRateConnector(&connectors_);
    RegisterNoopConnector(&connectors_);
    service_ = std::make_unique<ConnectService>(engine);
    schema_ = arrow::schema({arrow::field("a", arrow::int32())});
    for (const std::string& text : kRelations) {
      messages::Relation relation;
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &relation)) << text;
      relations_.push_back(std::move(relation));
    }
    auto* rows = relations_.emplace_back().mutable_local_relation();
    rows->set_data(*WriteArrowStream(**arrow::RecordBatch::MakeEmpty(schema_)));
    rows->set_schema("a INT");
  }

  // On a thread with a stack for deep messages.
  std::optional<std::string> FuzzDeep(const Target& target) {
    std::promise<std::optional<std::string>> found;
    service_->threads().Run([&] { found.set_value(Fuzz(target)); });
    return found.get_future().get();
  }

  // Bytes that are a message of the kind, changed as such.
  template <typename Message>
  static std::function<std::string(Mutator*, const std::string&, const Texts&)> AsMessage() {
    return [](Mutator* mutator, const std::string& input, const Texts& corpus) {
      Message message, donor;
      if (!message.ParseFromString(input) || input.size() > 10'000)
        message.ParseFromString(corpus[0]);
      donor.ParseFromString(corpus[mutator->Below(corpus.size())]);
      for (size_t changes = 1 + mutator->Below(3); changes > 0; --changes) {
        MutateMessage(mutator, &message, donor, kWords);
      }
      message.set_session_id(kSession);
      return Serialized(message);
    };
  }

  template <typename Request, typename Response>
  std::function<Outcome(const std::string&)> Answer(
      Result<Response> (ConnectService::*method)(const Request&)) {
    return [this, method](const std::string& input) -> Outcome {
      Request request;
      const Status parsed = ParseMessage(input, &request);
      if (!parsed.ok()) return OfStatus(parsed);
      return OfStatus((service_.get()->*method)(request).status());
    };
  }

  ConnectorRegistry connectors_;
  std::unique_ptr<ConnectService> service_;
  SchemaPtr schema_;
  std::vector<messages::Relation> relations_;
};

TEST_F(RequestTest, Plans) {
  Target target{.name = "plan", .words = {}, .run = {}, .runs = 3'000};
  for (const auto& relation : relations_) target.corpus.push_back(Serialized(RequestFor(relation)));
  target.run = Answer(&ConnectService::AnalyzePlan);
  target.mutate = AsMessage<messages::AnalyzePlanRequest>();
  EXPECT_EQ(FuzzDeep(target), std::nullopt);
  target.name = "plan as bytes";
  target.mutate = nullptr;
  EXPECT_EQ(FuzzDeep(target), std::nullopt);
}

TEST_F(RequestTest, Analyses) {
  Target target{.name = "analysis", .words = {}, .run = {}, .runs = 1'000};
  for (
      const char* text :
      {R"(ddl_parse { ddl_string: "a INT, b STRING" })",
       R"(json_to_ddl { json_string: "\"integer\"" })", R"(spark_version {})",
       R"(is_local { plan { root { range { end: 1 step: 1 } } } })",
       R"(tree_string { level: 2 plan { root { range { end: 1 step: 1 } } } })",
       R"(explain { explain_mode: EXPLAIN_MODE_EXTENDED plan { root { range { end: 1 step: 1 } } } })",
       R"(same_semantics { target_plan { root { range { end: 1 } } } other_plan { root { range { end: 1 } } } })",
       R"(persist { relation { range { end: 1 step: 1 } } storage_level { use_disk: true } })"}) {
    messages::AnalyzePlanRequest request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    request.set_session_id(kSession);
    target.corpus.push_back(Serialized(request));
  }
  target.run = Answer(&ConnectService::AnalyzePlan);
  target.mutate = AsMessage<messages::AnalyzePlanRequest>();
  EXPECT_EQ(FuzzDeep(target), std::nullopt);
}

TEST_F(RequestTest, Configuration) {
  Target target{.name = "configuration", .words = {}};
  for (
      const char* text :
      {R"(operation { set { pairs { key: "spark.sql.session.timeZone" value: "UTC" } silent: true } })",
       R"(operation { get { keys: "spark.sql.ansi.enabled" } })",
       R"(operation { get_all { prefix: "spark." } })",
       R"(operation { unset { keys: "spark.x" } })",
       R"(operation { is_modifiable { keys: "spark.x" } })",
       R"(operation { get_with_default { pairs { key: "a" value: "b" } } })"}) {
    messages::ConfigRequest request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    request.set_session_id(kSession);
    target.corpus.push_back(Serialized(request));
  }
  target.run = Answer(&ConnectService::Config);
  target.mutate = AsMessage<messages::ConfigRequest>();
  EXPECT_EQ(FuzzDeep(target), std::nullopt);
}

}  // namespace
}  // namespace headrace::fuzz
