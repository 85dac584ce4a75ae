#include "connect/wire_error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

google::rpc::ErrorInfo InformationOf(const google::rpc::Status& status) {
  google::rpc::ErrorInfo information;
  EXPECT_TRUE(status.details(0).UnpackTo(&information));
  return information;
}

TEST(WireErrorTest, CarriesClassConditionStateAndParameters) {
  Status status = AnalysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION", "No column `x`.",
                                {{"objectName", "`x`"}, {"proposal", "`y`"}});
  auto wire = ToWireStatus(RecordOf(status), "some-id");
  EXPECT_EQ(wire.code(), 13);
  EXPECT_EQ(wire.message(), status.message());
  auto information = InformationOf(wire);
  EXPECT_EQ(information.domain(), "org.apache.spark");
  const auto& metadata = information.metadata();
  auto classes = nlohmann::json::parse(metadata.at("classes"));
  EXPECT_EQ(classes[1], "org.apache.spark.sql.AnalysisException");
  EXPECT_EQ(classes.back(), "java.lang.Object");
  EXPECT_EQ(metadata.at("errorClass"), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(metadata.at("sqlState"), "42703");
  EXPECT_EQ(nlohmann::json::parse(metadata.at("messageParameters"))["proposal"], "`y`");
  EXPECT_EQ(metadata.at("errorId"), "some-id");
}

TEST(WireErrorTest, LongTextsAreCutAndKeptForLater) {
  std::string text(5000, 'x');
  Status status = AnalysisError("PATH_NOT_FOUND", text, {{"path", text}});
  ErrorRecord record = RecordOf(status);
  auto wire = ToWireStatus(record, "id");
  EXPECT_EQ(wire.message().size(), 2048u);
  auto metadata = InformationOf(wire).metadata();
  EXPECT_FALSE(metadata.contains("messageParameters"));
  EXPECT_FALSE(metadata.contains("errorClass"));

  messages::FetchErrorDetailsResponse details;
  FillErrorDetails(record, &details);
  EXPECT_EQ(details.errors(0).message(), status.message());
  EXPECT_EQ(details.errors(0).spark_throwable().message_parameters().at("path"), text);
}

// Trailers are percent-encoded, and both trailers and messages must be valid UTF-8.
TEST(WireErrorTest, CutsBetweenCharactersAndRepairsBrokenOnes) {
  std::string umlauts;
  for (int i = 0; i < 2000; ++i) umlauts += "ä";
  auto wire = ToWireStatus(RecordOf(Status::IOError(umlauts)), "");
  EXPECT_LE(wire.message().size(), 2048u / 3 + 80);
  EXPECT_EQ(wire.message().substr(wire.message().size() - 2), "ä");
  auto broken = ToWireStatus(RecordOf(Status::IOError("a\xff\xc3")), "");
  EXPECT_THAT(broken.message(), ::testing::HasSubstr("a??"));
}

TEST(WireErrorTest, ErrorsWithoutDetailAreInternalAndCancellationIsNamed) {
  EXPECT_EQ(RecordOf(Status::Invalid("bug")).condition, "INTERNAL_ERROR");
  EXPECT_EQ(RecordOf(Status::Cancelled("stop")).condition, "OPERATION_CANCELED");
}

TEST(ErrorMemoryTest, GivesEachErrorOnceAndForgetsOldOnes) {
  ErrorMemory memory;
  for (int i = 0; i < 200; ++i) memory.Put(std::to_string(i), RecordOf(Status::Invalid("x")));
  EXPECT_FALSE(memory.Take("0").has_value());
  EXPECT_TRUE(memory.Take("199").has_value());
  EXPECT_FALSE(memory.Take("199").has_value());
}

}  // namespace
}  // namespace headrace
