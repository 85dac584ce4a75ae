#include "connect/session_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

const SessionKey kKey{"ann", "00000000-0000-4000-8000-000000000001"};

std::string ConditionOf(const Status& status) {
  const auto* detail = ErrorDetail::Get(status);
  return detail == nullptr ? "" : detail->condition();
}

class SessionTableTest : public ::testing::Test {
 protected:
  SessionTableTest() {
    engine_->clock = clock_;
    engine_->random = Random::Seeded(1);
  }
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::shared_ptr<Engine> engine_ = std::make_shared<Engine>();
  SessionTable table_{engine_};
};

TEST_F(SessionTableTest, SessionsAreMadeOnceForUserAndId) {
  auto first = *table_.FindOrMake(kKey, "x spark/3.5.9 y", "");
  EXPECT_EQ(first->session().client_version(), "3.5.9");
  EXPECT_EQ(*table_.FindOrMake(kKey, "x spark/3.5.9 y", first->server_side_id()), first);
  EXPECT_NE(*table_.FindOrMake({"bob", kKey.session_id}, "", ""), first);
}

TEST_F(SessionTableTest, HandlesAreChecked) {
  EXPECT_EQ(ConditionOf(table_.FindOrMake({"", "no uuid"}, "", "").status()),
            "INVALID_HANDLE.FORMAT");
  EXPECT_EQ(ConditionOf(table_.Find(kKey, "").status()), "INVALID_HANDLE.SESSION_NOT_FOUND");
  ASSERT_TRUE(table_.FindOrMake(kKey, "", "").ok());
  EXPECT_EQ(ConditionOf(table_.FindOrMake(kKey, "", "of a former server").status()),
            "INVALID_HANDLE.SESSION_CHANGED");
  table_.Remove(kKey, /*allow_reconnect=*/false);
  EXPECT_EQ(ConditionOf(table_.FindOrMake(kKey, "", "").status()), "INVALID_HANDLE.SESSION_CLOSED");
}

TEST_F(SessionTableTest, AReleasedSessionMayBeMadeAnewIfItsClientSaysSo) {
  ASSERT_TRUE(table_.FindOrMake(kKey, "", "").ok());
  EXPECT_NE(table_.Remove(kKey, /*allow_reconnect=*/true), nullptr);
  EXPECT_TRUE(table_.FindOrMake(kKey, "", "").ok());
}

TEST_F(SessionTableTest, IdleSessionsAreRemovedUnlessTheyWork) {
  auto session = *table_.FindOrMake(kKey, "", "");
  bool is_new = false;
  auto operation = *session->AddOperation("op", {}, &is_new);
  clock_->Advance(3'600'000'000LL);
  EXPECT_TRUE(table_.RemoveIdle(3'600'000).empty());
  operation->Finish(Status::OK());
  EXPECT_EQ(table_.RemoveIdle(3'600'000).size(), 1u);
  EXPECT_EQ(table_.Peek(kKey), nullptr);
}

TEST_F(SessionTableTest, OperationIdsAreUsedOnce) {
  auto session = *table_.FindOrMake(kKey, "", "");
  OperationSettings settings, other;
  settings.plan_fingerprint = 1;
  other.plan_fingerprint = 2;
  bool is_new = false;
  auto operation = *session->AddOperation("op", settings, &is_new);
  EXPECT_TRUE(is_new);
  EXPECT_EQ(*session->AddOperation("op", settings, &is_new), operation) << "a repeated request";
  EXPECT_FALSE(is_new);
  EXPECT_EQ(ConditionOf(session->AddOperation("op", other, &is_new).status()),
            "INVALID_HANDLE.OPERATION_ALREADY_EXISTS");
  EXPECT_TRUE(session->DropOperation("op"));
  EXPECT_TRUE(operation->finished());
  EXPECT_EQ(ConditionOf(session->AddOperation("op", settings, &is_new).status()),
            "INVALID_HANDLE.OPERATION_ABANDONED");
  EXPECT_FALSE(session->DropOperation("op"));
}

TEST_F(SessionTableTest, OperationsThatNobodyListensToAreDropped) {
  auto session = *table_.FindOrMake(kKey, "", "");
  bool is_new = false;
  auto lost = *session->AddOperation("lost", {}, &is_new);
  auto heard = *session->AddOperation("heard", {}, &is_new);
  auto cursor = *heard->Attach(std::nullopt);
  clock_->Advance(300'000'000);
  session->DropDetachedOperations(300'000);
  EXPECT_EQ(session->FindOperation("lost"), nullptr);
  EXPECT_NE(session->FindOperation("heard"), nullptr);
}

TEST(ClientVersionTest, IsReadFromTheClientType) {
  EXPECT_EQ(ClientVersion("_SPARK_CONNECT_PYTHON spark/4.3.0 os/linux python/3.11.7"), "4.3.0");
  EXPECT_EQ(ClientVersion("_SPARK_CONNECT_SCALA spark/4.0.1"), "4.0.1");
  EXPECT_EQ(ClientVersion("something else"), "");
}

}  // namespace
}  // namespace headrace
