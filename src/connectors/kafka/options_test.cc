// What options the Kafka source and sink take, without a broker.
#include <gtest/gtest.h>

#include "connectors/kafka/client_properties.h"
#include "connectors/kafka/data_loss.h"
#include "connectors/kafka/login_configuration.h"
#include "connectors/kafka/sink_columns.h"
#include "connectors/kafka/source_options.h"

namespace headrace {
namespace {

using Map = std::map<std::string, std::string>;

Result<KafkaSourceOptions> Parse(Map options, bool streaming = true) {
  options.emplace("kafka.bootstrap.servers", "127.0.0.1:1");
  return KafkaSourceOptions::Parse(Options(options), streaming, ConnectorContext());
}

// The text of the IllegalArgumentException, or "" if there is none.
std::string Refusal(const Map& options, bool streaming = true) {
  const auto parsed = Parse(options, streaming);
  if (parsed.ok()) return "";
  const auto* detail = ErrorDetail::Get(parsed.status());
  EXPECT_TRUE(detail != nullptr && detail->kind() == ErrorKind::kIllegalArgument)
      << parsed.status().ToString();
  return parsed.status().message();
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(KafkaSourceOptionsTest, HaveExactlyOneSubscription) {
  EXPECT_HAS(Refusal({}), "One of the following options must be specified for Kafka source");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"assign", R"({"a":[0]})"}}),
             "Only one of the following options can be specified for Kafka source");
  EXPECT_HAS(Refusal({{"subscribe", " , "}}), "No topics to subscribe to");
  EXPECT_HAS(Refusal({{"subscribePattern", " "}}), "Pattern to subscribe is empty");
  EXPECT_HAS(Refusal({{"assign", "a"}}), "No topicpartitions to assign");
}

TEST(KafkaSourceOptionsTest, DescribeTheSubscriptionAsSparkDoes) {
  EXPECT_EQ(Parse({{"subscribe", "a, b"}})->subscription.Description(), "Subscribe[a, b]");
  EXPECT_EQ(Parse({{"SUBSCRIBEPATTERN", "to.*"}})->subscription.Description(),
            "SubscribePattern[to.*]");
  EXPECT_EQ(Parse({{"assign", R"({"t":[1,0]})"}})->subscription.Description(), "Assign[t-0, t-1]");
}

TEST(KafkaSourceOptionsTest, BeginAtTheEndInStreamsAndAtTheBeginningInBatches) {
  EXPECT_EQ(Parse({{"subscribe", "a"}})->starting.kind, OffsetLimit::Kind::kLatest);
  const auto batch = Parse({{"subscribe", "a"}}, false);
  EXPECT_EQ(batch->starting.kind, OffsetLimit::Kind::kEarliest);
  EXPECT_EQ(batch->ending.kind, OffsetLimit::Kind::kLatest);
}

TEST(KafkaSourceOptionsTest, PreferTimestampsToOffsets) {
  const auto parsed = Parse({{"subscribe", "a"},
                             {"startingOffsets", "earliest"},
                             {"startingOffsetsByTimestamp", R"({"a":{"0":5}})"},
                             {"startingTimestamp", "1000"},
                             {"startingOffsetsByTimestampStrategy", "LATEST"}});
  EXPECT_EQ(parsed->starting.kind, OffsetLimit::Kind::kTimestamp);
  EXPECT_EQ(parsed->starting.timestamp_ms, 1000);
  EXPECT_TRUE(parsed->starting.latest_if_none);
  EXPECT_EQ(Parse({{"subscribe", "a"},
                   {"startingOffsets", "earliest"},
                   {"startingOffsetsByTimestamp", R"({"a":{"0":5}})"}})
                ->starting.kind,
            OffsetLimit::Kind::kTimestamps);
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"startingTimestamp", "x"}}),
             "Expected a single long value, got x");
}

TEST(KafkaSourceOptionsTest, RefuseLimitsThatMakeNoSense) {
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"endingOffsets", "latest"}}),
             "ending offset not valid in streaming queries");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"endingOffsetsByTimestamp", "{}"}}),
             "ending timestamp not valid in streaming queries");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"startingOffsets", "latest"}}, false),
             "starting offset can't be latest for batch queries on Kafka");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"endingOffsets", "earliest"}}, false),
             "ending offset can't be earliest for batch queries on Kafka");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"startingOffsets", R"({"a":{"0":-1}})"}}, false),
             "startingOffsets for a-0 can't be latest for batch queries on Kafka");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"endingOffsets", R"({"a":{"0":-2}})"}}, false),
             "ending offset for a-0 can't be earliest for batch queries on Kafka");
  EXPECT_HAS(
      Refusal({{"subscribe", "a"}, {"minOffsetsPerTrigger", "9"}, {"maxOffsetsPerTrigger", "8"}}),
      "The value of minOffsetPerTrigger(9) is higher than the maxOffsetsPerTrigger(8).");
  EXPECT_HAS(Refusal({{"subscribe", "a"}, {"minPartitions", "0"}}),
             "minPartitions must be positive");
}

Result<Map> Translate(Map properties, KafkaRole role = KafkaRole::kConsumer) {
  Options options;
  options.Set("kafka.bootstrap.servers", "127.0.0.1:1");
  for (const auto& [name, value] : properties) options.Set("kafka." + name, value);
  return TranslateClientProperties(options, role);
}

TEST(ClientPropertiesTest, NeedServers) {
  const auto refused = TranslateClientProperties(Options(), KafkaRole::kProducer);
  EXPECT_HAS(refused.status().message(),
             "Option 'kafka.bootstrap.servers' must be specified for configuring Kafka producer");
}

TEST(ClientPropertiesTest, AreTranslatedWhereNamesOrValuesDiffer) {
  const auto consumer = Translate({{"fetch.max.wait.ms", "77"},
                                   {"receive.buffer.bytes", "-1"},
                                   {"request.timeout.ms", "4000"},
                                   {"sasl.mechanism", "PLAIN"},
                                   {"ssl.endpoint.identification.algorithm", ""},
                                   {"metadata.max.age.ms", "6000"}});
  ASSERT_TRUE(consumer.ok()) << consumer.status().ToString();
  EXPECT_EQ(consumer->at("fetch.wait.max.ms"), "77");
  EXPECT_EQ(consumer->at("socket.receive.buffer.bytes"), "0");
  EXPECT_EQ(consumer->at("socket.timeout.ms"), "4000");
  EXPECT_EQ(consumer->at("sasl.mechanisms"), "PLAIN");
  EXPECT_EQ(consumer->at("ssl.endpoint.identification.algorithm"), "none");
  EXPECT_EQ(consumer->at("topic.metadata.refresh.interval.ms"), "6000");
  const auto producer = Translate({{"max.request.size", "2000000"}, {"buffer.memory", "2048000"}},
                                  KafkaRole::kProducer);
  ASSERT_TRUE(producer.ok()) << producer.status().ToString();
  EXPECT_EQ(producer->at("message.max.bytes"), "2000000");
  EXPECT_EQ(producer->at("queue.buffering.max.kbytes"), "2000");
}

TEST(ClientPropertiesTest, HaveTheDefaultsOfJava) {
  EXPECT_EQ(Translate({})->at("isolation.level"), "read_uncommitted");
  EXPECT_EQ(Translate({{"isolation.level", "read_committed"}})->at("isolation.level"),
            "read_committed");
  const auto producer = Translate({}, KafkaRole::kProducer);
  EXPECT_EQ(producer->at("partitioner"), "murmur2_random");
  EXPECT_EQ(producer->at("enable.idempotence"), "true");
  EXPECT_EQ(producer->at("delivery.timeout.ms"), "120000");
  EXPECT_EQ(Translate({{"acks", "1"}}, KafkaRole::kProducer)->at("enable.idempotence"), "false");
}

TEST(ClientPropertiesTest, ThatSparkReservesAreRefused) {
  for (const char* name : {"auto.offset.reset", "key.deserializer", "value.deserializer",
                           "enable.auto.commit", "interceptor.classes"}) {
    EXPECT_HAS(Translate({{name, "x"}}).status().message(),
               "Kafka option '" + std::string(name) + "' is not supported");
  }
  for (const char* name : {"key.serializer", "value.serializer", "transactional.id"}) {
    EXPECT_HAS(Translate({{name, "x"}}, KafkaRole::kProducer).status().message(),
               "Kafka option '" + std::string(name) + "' is not supported");
  }
}

TEST(ClientPropertiesTest, WithoutEquivalentAreRefusedByName) {
  for (const auto& [name, value] :
       Map{{"ssl.protocol", "TLSv1.2"},
           {"no.such.property", "1"},
           {"partitioner.class", "org.example.Mine"},
           {"ssl.truststore.location", "trust.jks"},
           {"sasl.login.callback.handler.class", "software.amazon.msk.auth.iam.Handler"},
           {"sasl.jaas.config", "org.example.Login required;"}}) {
    EXPECT_HAS(Translate({{name, value}}).status().message(), "Kafka property " + name);
  }
}

TEST(ClientPropertiesTest, WithAWrongValueAreRefusedUnlessSecret) {
  EXPECT_HAS(Translate({{"security.protocol", "TELNET"}}).status().message(), "TELNET");
}

TEST(ClientPropertiesTest, ThatTuneTheJavaClientOnlyAreTaken) {
  EXPECT_TRUE(Translate({{"max.poll.records", "500"}, {"metric.reporters", "x"}}).ok());
}

TEST(ClientPropertiesTest, HaveLoginsInLibrdkafkasForm) {
  const auto plain =
      Translate({{"security.protocol", "SASL_SSL"},
                 {"sasl.mechanism", "PLAIN"},
                 {"sasl.jaas.config",
                  "org.apache.kafka.common.security.plain.PlainLoginModule required\n"
                  "  username=\"ann\" password=\"p;\\\"w\";"},
                 {"ssl.truststore.type", "PEM"},
                 {"ssl.truststore.location", "ca.pem"}});
  ASSERT_TRUE(plain.ok()) << plain.status().ToString();
  EXPECT_EQ(plain->at("sasl.username"), "ann");
  EXPECT_EQ(plain->at("sasl.password"), "p;\"w");
  EXPECT_EQ(plain->at("ssl.ca.location"), "ca.pem");
  EXPECT_FALSE(plain->contains("sasl.jaas.config"));
}

TEST(JaasTest, OfAnotherFormIsRefusedWithoutShowingIt) {
  for (const char* text : {"", "a.B", "a.B required username=", "a.B required user=\"open"}) {
    const auto parsed = ParseJaas(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().message().find("open"), std::string::npos);
  }
}

arrow::FieldVector Fields(const Map& columns) {
  arrow::FieldVector fields;
  for (const auto& [name, type] : columns)
    fields.push_back(arrow::field(name, *ParseDdlType(type)));
  return fields;
}
Result<SinkColumns> Columns(const Map& columns, std::optional<std::string> topic = "t") {
  return SinkColumns::Find(arrow::Schema(Fields(columns)), topic);
}

TEST(SinkColumnsTest, AreFoundByNameAndOthersPassedOver) {
  const auto found = Columns({{"a", "int"}, {"key", "string"}, {"value", "binary"}});
  ASSERT_TRUE(found.ok()) << found.status().ToString();
  EXPECT_EQ(found->key, 1);
  EXPECT_EQ(found->value, 2);
  EXPECT_EQ(found->topic, -1);
}

TEST(SinkColumnsTest, MissingOrOfAWrongTypeHaveSparksMessages) {
  EXPECT_EQ(Columns({{"key", "string"}}).status().message(),
            "Required attribute 'value' not found");
  EXPECT_EQ(Columns({{"value", "string"}}, std::nullopt).status().message(),
            "topic option required when no 'topic' attribute is present. Use the topic option for "
            "setting a topic.");
  EXPECT_EQ(Columns({{"value", "int"}}).status().message(),
            "value attribute unsupported type int. value must be a(n) string or binary");
  EXPECT_EQ(Columns({{"value", "string"}, {"topic", "int"}}, std::nullopt).status().message(),
            "topic attribute unsupported type int. topic must be a(n) string");
  EXPECT_EQ(Columns({{"value", "string"}, {"partition", "bigint"}}).status().message(),
            "partition attribute unsupported type bigint. partition must be a(n) int");
}

TEST(DataLossTest, NamesTheOffsetsThatAreGone) {
  const DataLoss strict(true, "");
  const Status status = strict.RangeIsGone({{"t", 0}, 5, 40}, {{"t", 0}, 12, 50});
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "KAFKA_DATA_LOSS.COULD_NOT_READ_OFFSET_RANGE");
  EXPECT_HAS(status.message(), "offsets [5, 12) of partition t-0 are gone: it holds [12, 50)");
  EXPECT_HAS(status.message(), "SQLSTATE: 22000");
  EXPECT_TRUE(DataLoss(false, "").RangeIsGone({{"t", 0}, 5, 40}, {{"t", 0}, 12, 50}).ok());
}

}  // namespace
}  // namespace headrace
