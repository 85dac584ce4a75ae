#include "connect/type_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(TypeMessagesTest, EveryTypeOfTheEngineGoesThereAndBack) {
  for (const char* ddl :
       {"void", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double",
        "decimal(38,18)", "string", "binary", "date", "timestamp", "timestamp_ntz",
        "interval day to second", "interval year to month", "array<map<string,decimal(5,0)>>",
        "struct<a:int,b:struct<c:array<string>>>"}) {
    auto type = ParseDdlType(ddl);
    ASSERT_TRUE(type.ok()) << ddl << ": " << type.status();
    auto message = TypeToMessage(**type);
    ASSERT_TRUE(message.ok()) << ddl;
    auto back = TypeFromMessage(*message);
    ASSERT_TRUE(back.ok()) << ddl << ": " << back.status();
    EXPECT_TRUE((*back)->Equals(**type)) << ddl << " came back as " << (*back)->ToString();
  }
}

TEST(TypeMessagesTest, NullabilityAndMetadataOfFieldsAreKept) {
  auto schema =
      arrow::schema({arrow::field("a", arrow::int32(), false,
                                  arrow::key_value_metadata({"spark_metadata"}, {R"({"k":1})"})),
                     arrow::field("b", ArrayOf(arrow::utf8(), /*contains_null=*/false))});
  auto message = SchemaToMessage(*schema);
  ASSERT_TRUE(message.ok());
  EXPECT_FALSE(message->struct_().fields(0).nullable());
  EXPECT_EQ(message->struct_().fields(0).metadata(), R"({"k":1})");
  EXPECT_TRUE(message->struct_().fields(1).nullable());
  EXPECT_FALSE(message->struct_().fields(1).data_type().array().contains_null());
  auto back = SchemaFromMessage(*message);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE((*back)->Equals(*schema, /*check_metadata=*/true));
}

TEST(TypeMessagesTest, OlderAndNewerClientsNameTheSameString) {
  messages::DataType plain, collated, foreign;
  plain.mutable_string();
  collated.mutable_string()->set_collation("UTF8_BINARY");
  foreign.mutable_string()->set_collation("UNICODE_CI");
  EXPECT_TRUE(TypeFromMessage(plain).ok());
  EXPECT_TRUE(TypeFromMessage(collated).ok());
  EXPECT_THAT(TypeFromMessage(foreign).status().message(), ::testing::HasSubstr("UNICODE_CI"));
}

TEST(TypeMessagesTest, TypesThatTheEngineLacksAreNamed) {
  messages::DataType variant;
  variant.mutable_variant();
  Status status = TypeFromMessage(variant).status();
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "UNSUPPORTED_DATATYPE");
  EXPECT_THAT(status.message(), ::testing::HasSubstr("variant"));
}

// Spark refuses them where the type is used, with these conditions; a precision of 0 it has.
TEST(TypeMessagesTest, DecimalsThatThereAreNotAreRefused) {
  const auto condition = [](int precision, int scale) -> std::string {
    messages::DataType message;
    message.mutable_decimal()->set_precision(precision);
    message.mutable_decimal()->set_scale(scale);
    const auto type = TypeFromMessage(message);
    const ErrorDetail* detail = ErrorDetail::Get(type.status());
    return detail == nullptr ? type.status().ToString() : detail->condition();
  };
  EXPECT_EQ(condition(38, 38), "OK");
  EXPECT_EQ(condition(39, 0), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION");
  EXPECT_EQ(condition(5, 6), "_LEGACY_ERROR_TEMP_1228");
  EXPECT_EQ(condition(5, -1), "NEGATIVE_SCALE_DISALLOWED");
  EXPECT_EQ(condition(0, 0), "UNSUPPORTED_DATATYPE");
}

TEST(TypeMessagesTest, DdlTextInsideAMessageIsParsed) {
  messages::DataType message;
  message.mutable_unparsed()->set_data_type_string("a INT, b STRING");
  auto schema = SchemaFromMessage(message);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ((*schema)->num_fields(), 2);
}

}  // namespace
}  // namespace headrace
