#include "connectors/kafka/transaction.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

namespace headrace {
namespace {

// A broker within librdkafka, whose answers can be held back.
class TransactionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = KafkaClient::Make(KafkaRole::kProducer, {{"bootstrap.servers", "unused"},
                                                               {"test.mock.num.brokers", "1"},
                                                               {"transactional.id", settings_.id},
                                                               {"enable.idempotence", "true"}});
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    producer_ = *made;
    ASSERT_TRUE(InitTransactions(producer_.get(), settings_.id, {}).ok());
    ASSERT_EQ(rd_kafka_begin_transaction(producer_->handle()), nullptr);
  }

  void AnswerAfter(int milliseconds) {
    rd_kafka_mock_broker_set_rtt(rd_kafka_handle_mock_cluster(producer_->handle()), 1,
                                 milliseconds);
  }

  const TransactionSettings settings_{.id = "query", .group = "query", .marker = {"topic", 0}};
  std::shared_ptr<KafkaClient> producer_;
};

TEST_F(TransactionTest, TheMarkerIsPartOfTheTransaction) {
  CancellationToken stopped;
  auto marker = MarkerOnItsWay::Send(producer_, settings_, 3);
  EXPECT_TRUE(marker.Await({.cancellation = &stopped}).ok());
  EXPECT_TRUE(CommitTransaction(producer_.get(), settings_.id, {}).ok());
}

TEST_F(TransactionTest, WhoIsStoppedDoesNotWaitForASilentBroker) {
  AnswerAfter(500);  // less than one attempt may take
  CancellationToken stopped;
  stopped.Cancel();
  // Were the answer waited for, it would be a good one.
  auto marker = MarkerOnItsWay::Send(producer_, settings_, 3);
  EXPECT_TRUE(marker.Await({.cancellation = &stopped}).IsCancelled());
}

TEST_F(TransactionTest, ATransactionWithAMarkerOnItsWayCanBeAborted) {
  AnswerAfter(50);
  auto marker = MarkerOnItsWay::Send(producer_, settings_, 3);
  marker.Settle();
  EXPECT_TRUE(AbortTransaction(producer_.get(), settings_.id, {}).ok());
}

}  // namespace
}  // namespace headrace
