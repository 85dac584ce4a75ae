#include "connect/message_bytes.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/large_stack_threads.h"
#include "connect/messages.h"
#include "connect/plan_translator.h"

namespace headrace {
namespace {

// The bytes of `depth` filters on each other, made from the inside out: the messages themselves
// would need a deep stack to be made.
std::string NestedFilters(int depth) {
  messages::Relation inner;
  inner.mutable_range()->set_end(1);
  inner.mutable_range()->set_step(1);
  std::string bytes = inner.SerializeAsString();
  auto prefixed = [](char tag, const std::string& content) {
    std::string text(1, tag);
    for (size_t length = content.size();; length >>= 7) {
      text += static_cast<char>(length > 127 ? (length & 127) | 128 : length);
      if (length <= 127) return text + content;
    }
  };
  messages::Expression condition;
  condition.mutable_literal()->set_boolean(true);
  std::string condition_bytes = prefixed(0x12, condition.SerializeAsString());
  for (int i = 0; i < depth; ++i) {
    // Relation.filter = 4 { Filter.input = 1, Filter.condition = 2 }
    bytes = prefixed(0x22, prefixed(0x0A, bytes) + condition_bytes);
  }
  return bytes;
}

Status ParseAndTranslate(int depth) {
  LargeStackThreads threads;
  std::promise<Status> result;
  threads.Run([&] {
    messages::Relation relation;
    Status status = ParseMessage(NestedFilters(depth), &relation);
    if (status.ok()) status = PlanTranslator(TranslationContext{}).Relation(relation).status();
    result.set_value(status);
  });
  return result.get_future().get();
}

TEST(ParseMessageTest, TakesAThousandNestedRelations) { EXPECT_TRUE(ParseAndTranslate(1000).ok()); }

TEST(ParseMessageTest, RefusesAbsurdDepth) {
  Status status = ParseAndTranslate(3000);
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
}

TEST(ParseMessageTest, RefusesGarbage) {
  messages::Relation relation;
  Status status = ParseMessage("\xff\xff\xff", &relation);
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(), "CONNECT_INVALID_PLAN.CANNOT_PARSE");
  EXPECT_THAT(status.message(), ::testing::HasSubstr("spark.connect.Relation"));
}

}  // namespace
}  // namespace headrace
