#include "connector/registry.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

class NoSource final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification&, bool,
                                  const ConnectorContext&) override {
    return arrow::schema(arrow::FieldVector{});
  }
};

class NoSink final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification&, const ConnectorContext&) override {
    return Status::OK();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification&,
                                           const ConnectorContext&) override {
    return Status::NotImplemented("");
  }
};

std::string ConditionOf(const Status& status) {
  const auto* detail = ErrorDetail::Get(status);
  return detail ? detail->condition() : status.ToString();
}

TEST(ConnectorRegistry, FindsFormatsByNameAndByClass) {
  auto& registry = ConnectorRegistry::Process();
  const auto source = std::make_shared<NoSource>();
  registry.AddSource("json", source);
  registry.AddSource("rate", source);
  for (const char* name :
       {"json", "JSON", "org.apache.spark.sql.json", "org.apache.spark.sql.json.DefaultSource",
        "org.apache.spark.sql.execution.datasources.json.JsonFileFormat",
        "org.apache.spark.sql.execution.datasources.v2.json.JsonDataSourceV2",
        "org.apache.spark.sql.execution.streaming.sources.RateStreamProvider"}) {
    const auto found = registry.FindSource(name);
    ASSERT_TRUE(found.ok()) << name << found.status().ToString();
    EXPECT_EQ(*found, source);
  }
}

TEST(ConnectorRegistry, TellsWhatThereIs) {
  auto& registry = ConnectorRegistry::Process();
  registry.AddSource("only-source", std::make_shared<NoSource>());
  registry.AddSink("only-sink", std::make_shared<NoSink>());
  const auto missing = registry.FindSource("nope").status();
  EXPECT_EQ(ConditionOf(missing), "DATA_SOURCE_NOT_FOUND");
  EXPECT_EQ(ErrorDetail::Get(missing)->parameters().at("provider"), "nope");
  EXPECT_NE(missing.message().find("only-source"), std::string::npos);
  EXPECT_EQ(ConditionOf(registry.FindSink("nope").status()), "DATA_SOURCE_NOT_FOUND");
  EXPECT_EQ(ConditionOf(registry.FindSource("only-sink").status()), "_LEGACY_ERROR_TEMP_1135");
  EXPECT_EQ(ConditionOf(registry.FindSink("only-source").status()), "_LEGACY_ERROR_TEMP_2049");
}

TEST(ConnectorRegistry, ProvidersRefuseWhatTheyHaveNot) {
  NoSource source;
  SourceSpecification of_source;
  of_source.format = "s";
  EXPECT_EQ(ConditionOf(source.OpenBatch(of_source, nullptr, {}).status()),
            "_LEGACY_ERROR_TEMP_1135");
  EXPECT_EQ(ConditionOf(source.OpenStream(of_source, nullptr, "", {}).status()),
            "_LEGACY_ERROR_TEMP_2049");
  NoSink sink;
  EXPECT_EQ(ConditionOf(sink.OpenBatch({}, SaveMode::kAppend, {}).status()),
            "_LEGACY_ERROR_TEMP_2049");
}

TEST(OutputMode, Names) {
  EXPECT_EQ(*ParseOutputMode(""), OutputMode::kAppend);
  EXPECT_EQ(*ParseOutputMode("Complete"), OutputMode::kComplete);
  EXPECT_EQ(*ParseOutputMode("UPDATE"), OutputMode::kUpdate);
  EXPECT_EQ(OutputModeName(OutputMode::kUpdate), "update");
  EXPECT_EQ(ConditionOf(ParseOutputMode("xyz").status()), "STREAMING_OUTPUT_MODE.INVALID");
}

}  // namespace
}  // namespace headrace
