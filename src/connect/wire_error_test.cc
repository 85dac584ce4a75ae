#include "connect/wire_error.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error_cause.h"

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
  FillErrorDetails(record, false, &details);
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

TEST(WireErrorTest, DetailsTellTheChainOfCauses) {
  const Status line = MakeError(ErrorKind::kSpark, "MALFORMED_RECORD_IN_PARSING", "Line 3.");
  const Status file = WithCause(MakeError(ErrorKind::kSpark, "FAILED_READ_FILE", "No."), line);
  const Status query =
      WithCause(MakeError(ErrorKind::kStreamingQuery, "STREAM_FAILED", "X."), file);
  messages::FetchErrorDetailsResponse details;
  FillErrorDetails(RecordOf(query), false, &details);
  ASSERT_EQ(details.errors_size(), 3);
  EXPECT_EQ(details.root_error_idx(), 0);
  EXPECT_EQ(details.errors(0).cause_idx(), 1);
  EXPECT_EQ(details.errors(1).cause_idx(), 2);
  EXPECT_FALSE(details.errors(2).has_cause_idx());
  EXPECT_EQ(details.errors(1).error_type_hierarchy(0), "org.apache.spark.SparkException");
  EXPECT_EQ(details.errors(2).spark_throwable().error_class(), "MALFORMED_RECORD_IN_PARSING");
  EXPECT_EQ(details.errors(2).stack_trace_size(), 0);
  details.Clear();
  FillErrorDetails(RecordOf(query), true, &details);
  for (const auto& error : details.errors()) EXPECT_EQ(error.stack_trace_size(), 1);
}

TEST(WireErrorTest, CausesMayBeWhatTheSystemSaid) {
  const Status file = MakeError(ErrorKind::kSpark, "FAILED_READ_FILE", "No.");
  auto causes = RecordOf(WithCause(file, Status::IOError("disk"))).causes;
  ASSERT_EQ(causes.size(), 1u);
  EXPECT_EQ(causes[0].classes[0], "java.io.IOException");
  EXPECT_EQ(causes[0].message, "disk");
  EXPECT_EQ(causes[0].condition, "");
}

TEST(WireErrorTest, LongChainsAreCut) {
  Status status = MakeError(ErrorKind::kSpark, "X", "0");
  for (int i = 1; i < 10; ++i) {
    status = WithCause(MakeError(ErrorKind::kSpark, "X", std::to_string(i)), status);
  }
  EXPECT_EQ(RecordOf(status).causes.size(), 4u);
  EXPECT_THAT(RecordOf(status).causes[0].message, ::testing::HasSubstr("8"));
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
