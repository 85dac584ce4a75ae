#include "connect/listener_bus.h"

#include <thread>

#include <gtest/gtest.h>

namespace headrace {
namespace {

// Queries whose events the test makes.
class FakeQueries final : public QueryManager {
 public:
  Result<StreamingQueryPtr> Start(QuerySpecification) override { return nullptr; }
  std::vector<StreamingQueryPtr> Active() const override { return {}; }
  StreamingQueryPtr Find(const std::string&, const std::string&) const override { return nullptr; }
  Result<bool> AwaitAnyTermination(std::optional<int64_t>, const CancellationToken*) override {
    return false;
  }
  void ResetTerminated() override {}
  int AddListener(QueryEventListener listener) override {
    listener_ = std::move(listener);
    on_added();
    return 1;
  }
  void RemoveListener(int) override { on_removed(); }
  void DeliverEvents() override { on_deliver(); }
  void StopAll() override {}
  void Post() { listener_(QueryEventType::kProgress, "{}"); }

  std::function<void()> on_added = [] {}, on_removed = [] {}, on_deliver = [] {};

 private:
  QueryEventListener listener_;
};

class ListenerBusTest : public ::testing::Test {
 protected:
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  FakeQueries queries_;
  ListenerBus bus_{clock_};
  std::shared_ptr<Operation> operation_ =
      std::make_shared<Operation>(OperationIdentity{"session", "server", "operation"},
                                  OperationSettings{}, clock_, Random::Seeded(1));
  std::unique_ptr<ResponseCursor> client_ = *operation_->Attach(std::nullopt);
};

TEST_F(ListenerBusTest, SendsNothingOnceItIsBeingClosed) {
  queries_.on_added = [this] { bus_.Close(); };
  queries_.on_removed = [this] { queries_.Post(); };
  ASSERT_TRUE(bus_.Serve(&queries_, operation_.get()).ok());
  EXPECT_TRUE(client_->Poll()
                  .response->streaming_query_listener_events_result()
                  .listener_bus_listener_added());
  EXPECT_EQ(client_->Poll().state, ResponseCursor::State::kWaiting);
}

// A client that releases nothing, as when its listener waits for the very answer.
TEST_F(ListenerBusTest, WaitsForListenersNotLongerThanASecond) {
  std::thread serving([this] { ASSERT_TRUE(bus_.Serve(&queries_, operation_.get()).ok()); });
  ASSERT_EQ(client_->Next().state, ResponseCursor::State::kResponse);
  queries_.on_deliver = [this] {
    queries_.Post();
    clock_->Advance(1000000);
  };
  bus_.AwaitDelivery();
  const auto item = client_->Next();
  EXPECT_EQ(item.response->streaming_query_listener_events_result().events_size(), 1);
  bus_.Close();
  serving.join();
}

}  // namespace
}  // namespace headrace
