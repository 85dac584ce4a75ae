#include "connect/operation.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

using State = ResponseCursor::State;

class OperationTest : public ::testing::Test {
 protected:
  std::shared_ptr<Operation> Make(OperationSettings settings = {}) {
    return std::make_shared<Operation>(OperationIdentity{"session", "server", "operation"},
                                       std::move(settings), clock_, Random::Seeded(1));
  }
  static messages::ExecutePlanResponse Batch(int64_t rows, size_t bytes = 1) {
    messages::ExecutePlanResponse response;
    response.mutable_arrow_batch()->set_row_count(rows);
    response.mutable_arrow_batch()->set_data(std::string(bytes, 'x'));
    return response;
  }
  static std::string ConditionOf(const Status& status) {
    const auto* detail = ErrorDetail::Get(status);
    return detail == nullptr ? "" : detail->condition();
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
};

TEST_F(OperationTest, ResponsesCarryIdentitiesAndEndWithCompletion) {
  auto operation = Make();
  auto cursor = *operation->Attach(std::nullopt);
  EXPECT_EQ(cursor->Poll().state, State::kWaiting);
  ASSERT_TRUE(operation->Send(Batch(1)).ok());
  operation->Finish(Status::OK());
  auto first = cursor->Poll();
  ASSERT_EQ(first.state, State::kResponse);
  EXPECT_EQ(first.response->session_id(), "session");
  EXPECT_EQ(first.response->server_side_session_id(), "server");
  EXPECT_EQ(first.response->operation_id(), "operation");
  auto last = cursor->Poll();
  ASSERT_EQ(last.state, State::kResponse);
  EXPECT_TRUE(last.response->has_result_complete());
  EXPECT_NE(last.response->response_id(), first.response->response_id());
  auto end = cursor->Poll();
  EXPECT_EQ(end.state, State::kEnd);
  EXPECT_TRUE(end.status.ok());
}

TEST_F(OperationTest, FailureComesAfterTheResponses) {
  auto operation = Make();
  ASSERT_TRUE(operation->Send(Batch(1)).ok());
  operation->Finish(Status::IOError("gone"));
  auto cursor = *operation->Attach(std::nullopt);
  EXPECT_EQ(cursor->Poll().state, State::kResponse);
  EXPECT_EQ(cursor->Poll().status.message(), "gone");
}

TEST_F(OperationTest, ANewCursorGoesOnAfterTheLastResponseAndEndsTheOldOne) {
  auto operation = Make();
  auto old_cursor = *operation->Attach(std::nullopt);
  int woken = 0;
  old_cursor->SetWake([&] { ++woken; });
  ASSERT_TRUE(operation->Send(Batch(1)).ok());
  ASSERT_TRUE(operation->Send(Batch(2)).ok());
  EXPECT_EQ(woken, 2);
  auto seen = old_cursor->Poll();
  auto cursor = *operation->Attach(seen.response->response_id());
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(ConditionOf(old_cursor->Poll().status), "INVALID_CURSOR.DISCONNECTED");
  EXPECT_EQ(cursor->Poll().response->arrow_batch().row_count(), 2);
  EXPECT_EQ(ConditionOf(operation->Attach("no such response").status()),
            "INVALID_CURSOR.POSITION_NOT_FOUND");
}

TEST_F(OperationTest, ReleasedResponsesAreGone) {
  auto operation = Make();
  ASSERT_TRUE(operation->Send(Batch(1)).ok());
  ASSERT_TRUE(operation->Send(Batch(2)).ok());
  auto cursor = *operation->Attach(std::nullopt);
  auto first = cursor->Poll().response->response_id();
  operation->ReleaseUntil(first);
  EXPECT_EQ(ConditionOf(operation->Attach(std::nullopt).status()),
            "INVALID_CURSOR.POSITION_NOT_AVAILABLE");
  EXPECT_EQ(cursor->Poll().response->arrow_batch().row_count(), 2);
}

TEST_F(OperationTest, GivenOutResponsesAreKeptOnlySoFar) {
  auto operation = Make();
  auto cursor = *operation->Attach(std::nullopt);
  std::string first;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(operation->Send(Batch(i, 1 << 20)).ok());
    auto item = cursor->Poll();
    ASSERT_EQ(item.state, State::kResponse);
    if (first.empty()) first = item.response->response_id();
  }
  EXPECT_EQ(ConditionOf(operation->Attach(first).status()), "INVALID_CURSOR.POSITION_NOT_FOUND");
}

TEST_F(OperationTest, AProducerWaitsForItsReader) {
  auto operation = Make();
  auto cursor = *operation->Attach(std::nullopt);
  constexpr int kBatches = 200;
  std::thread producer([&] {
    for (int i = 0; i < kBatches; ++i) ASSERT_TRUE(operation->Send(Batch(i, 1 << 20)).ok());
    operation->Finish(Status::OK());
  });
  for (int i = 0; i < kBatches; ++i) {
    EXPECT_EQ(cursor->Next().response->arrow_batch().row_count(), i);
  }
  EXPECT_TRUE(cursor->Next().response->has_result_complete());
  EXPECT_EQ(cursor->Next().state, State::kEnd);
  producer.join();
}

TEST_F(OperationTest, WithoutAReaderAProducerGetsSomeBatchesFarAndGoesWhenInterrupted) {
  auto operation = Make();
  int sent = 0;
  Status end;
  std::thread producer([&] {
    while ((end = operation->Send(Batch(sent, 1 << 20))).ok()) ++sent;
  });
  EXPECT_TRUE(operation->Interrupt());
  producer.join();
  EXPECT_EQ(ConditionOf(end), "OPERATION_CANCELED");
  EXPECT_LE(sent, 16);
}

TEST_F(OperationTest, InterruptEndsTheStreamAtOnce) {
  auto operation = Make();
  auto cursor = *operation->Attach(std::nullopt);
  bool told = false;
  operation->OnInterrupt([&] { told = true; });
  EXPECT_TRUE(operation->Interrupt());
  EXPECT_TRUE(told);
  EXPECT_TRUE(operation->cancellation()->cancelled());
  EXPECT_EQ(ConditionOf(cursor->Poll().status), "OPERATION_CANCELED");
  EXPECT_FALSE(operation->Send(Batch(1)).ok());
  EXPECT_FALSE(operation->Interrupt());
}

TEST_F(OperationTest, OnlyNonReattachableOperationsEndWithTheirCursor) {
  auto kept = Make();
  (*kept->Attach(std::nullopt)).reset();
  EXPECT_FALSE(kept->finished());
  clock_->Advance(5'000'000);
  EXPECT_EQ(kept->detached_ms(), 5000);

  OperationSettings settings;
  settings.reattachable = false;
  auto bound = Make(settings);
  (*bound->Attach(std::nullopt)).reset();
  EXPECT_TRUE(bound->finished());
}

}  // namespace
}  // namespace headrace
