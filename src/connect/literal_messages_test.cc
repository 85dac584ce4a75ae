#include "connect/literal_messages.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

using Literal = messages::Expression::Literal;

std::shared_ptr<arrow::Scalar> Value(const Literal& message) {
  auto value = LiteralFromMessage(message);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *value : nullptr;
}

TEST(LiteralMessagesTest, TypesFollowTheField) {
  Literal message;
  message.set_short_(7);
  EXPECT_TRUE(Value(message)->Equals(arrow::Int16Scalar(7)));
  message.set_string("x");
  EXPECT_TRUE(Value(message)->Equals(arrow::StringScalar("x")));
  message.set_timestamp(1);
  EXPECT_TRUE(Value(message)->type->Equals(*TimestampType()));
  message.set_timestamp_ntz(1);
  EXPECT_TRUE(Value(message)->type->Equals(*TimestampNtzType()));
  message.mutable_null()->mutable_date();
  EXPECT_FALSE(Value(message)->is_valid);
  EXPECT_TRUE(Value(message)->type->Equals(*arrow::date32()));
}

// PySpark declares decimal(10,0) for Decimal("1.20"): what the digits need is added.
TEST(LiteralMessagesTest, DecimalsAreAsWideAsTheirDigits) {
  Literal message;
  message.mutable_decimal()->set_value("1.20");
  message.mutable_decimal()->set_precision(10);
  message.mutable_decimal()->set_scale(0);
  auto value = Value(message);
  EXPECT_EQ(value->type->ToString(), "decimal128(10, 2)");
  EXPECT_EQ(value->ToString(), "1.20");
  message.mutable_decimal()->set_value("1E+3");
  EXPECT_EQ(Value(message)->ToString(), "1000");
  message.mutable_decimal()->set_value("many");
  EXPECT_FALSE(LiteralFromMessage(message).ok());
}

TEST(LiteralMessagesTest, DecimalsOfMoreDigitsThanThereAreAreRefused) {
  struct Case {
    const char* value;
    int precision, scale;
  };
  constexpr int kMost = std::numeric_limits<int>::max();
  for (const Case& each :
       {Case{"1.5", 3, kMost}, Case{"1.5", kMost, 1}, Case{"1.5", 10, 38}, Case{"1E-50", 10, 0}}) {
    Literal message;
    message.mutable_decimal()->set_value(each.value);
    message.mutable_decimal()->set_precision(each.precision);
    message.mutable_decimal()->set_scale(each.scale);
    const auto refused = LiteralFromMessage(message);
    const ErrorDetail* detail = ErrorDetail::Get(refused.status());
    ASSERT_NE(detail, nullptr) << each.value << " " << each.scale;
    EXPECT_EQ(detail->condition(), "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION");
  }
}

TEST(LiteralMessagesTest, ArraysMapsAndStructs) {
  Literal array;
  array.mutable_array()->mutable_element_type()->mutable_integer();
  array.mutable_array()->add_elements()->set_integer(1);
  array.mutable_array()->add_elements()->mutable_null()->mutable_integer();
  EXPECT_EQ(Value(array)->ToString(), "list<element: int32>[1, null]");

  Literal typed;  // the form of 4.1: the type stands at the root
  typed.mutable_data_type()->mutable_array()->mutable_element_type()->mutable_long_();
  typed.mutable_array();
  EXPECT_TRUE(Value(typed)->type->Equals(*ArrayOf(arrow::int64(), false)));

  Literal map;
  map.mutable_map()->mutable_key_type()->mutable_string();
  map.mutable_map()->mutable_value_type()->mutable_integer();
  map.mutable_map()->add_keys()->set_string("k");
  map.mutable_map()->add_values()->set_integer(5);
  EXPECT_TRUE(Value(map)->type->Equals(*MapOf(arrow::utf8(), arrow::int32())));

  Literal structure;
  auto* type = structure.mutable_struct_()->mutable_struct_type()->mutable_struct_();
  type->add_fields()->set_name("a");
  type->mutable_fields(0)->mutable_data_type()->mutable_boolean();
  structure.mutable_struct_()->add_elements()->set_boolean(true);
  EXPECT_EQ(Value(structure)->type->ToString(), "struct<a: bool not null>");

  Literal numbers;
  for (int i = 0; i < 3; ++i) {
    numbers.mutable_specialized_array()->mutable_doubles()->add_values(i);
  }
  EXPECT_TRUE(Value(numbers)->type->Equals(*ArrayOf(arrow::float64(), false)));
}

TEST(LiteralMessagesTest, WhatTheEngineLacksIsNamed) {
  Literal message;
  message.mutable_calendar_interval()->set_days(1);
  EXPECT_THAT(LiteralFromMessage(message).status().message(),
              ::testing::HasSubstr("calendar interval"));
  EXPECT_FALSE(LiteralFromMessage(Literal()).ok());
}

}  // namespace
}  // namespace headrace
