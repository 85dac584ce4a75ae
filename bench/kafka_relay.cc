// The least that an exactly-once relay between two Kafka topics takes with this broker and client
// library: no engine, no logs, nothing but the transactions.
//
//   kafka_relay SERVERS SOURCE TARGET
//
// Copies what arrives in SOURCE to TARGET until it is killed, all that is there in one transaction.
// Four transactional producers take turns: none has to wait for the markers of its last
// transaction.
#include <string>
#include <vector>

#include "kafka_client.h"

using headrace::bench::Fail;
using headrace::bench::MakeClient;

namespace {

constexpr int kPatienceMilliseconds = 30000;
constexpr size_t kMostMessages = 100000;  // in one transaction

void Check(rd_kafka_error_t* error) {
  if (error != nullptr) Fail(rd_kafka_error_string(error));
}

struct Target {
  rd_kafka_t* client;
  rd_kafka_topic_t* topic;
};

Target OpenTarget(const std::string& servers, const std::string& topic, const std::string& id) {
  rd_kafka_t* client = MakeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", servers},
                                                      {"transactional.id", topic + id},
                                                      {"linger.ms", "0"},
                                                      {"socket.nagle.disable", "true"}});
  Check(rd_kafka_init_transactions(client, kPatienceMilliseconds));
  return {client, rd_kafka_topic_new(client, topic.c_str(), nullptr)};
}

rd_kafka_queue_t* Subscribe(rd_kafka_t* client, const std::string& name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 0, topic, &metadata, kPatienceMilliseconds) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    Fail("no metadata of " + name);
  }
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    rd_kafka_consume_start_queue(topic, i, RD_KAFKA_OFFSET_BEGINNING, queue);
  }
  rd_kafka_metadata_destroy(metadata);
  return queue;
}

void Send(const Target& target, const std::vector<rd_kafka_message_t*>& messages) {
  Check(rd_kafka_begin_transaction(target.client));
  for (rd_kafka_message_t* message : messages) {
    if (rd_kafka_produce(target.topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message->payload,
                         message->len, nullptr, 0, nullptr) != 0) {
      Fail(rd_kafka_err2str(rd_kafka_last_error()));
    }
  }
  Check(rd_kafka_commit_transaction(target.client, kPatienceMilliseconds));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) Fail("usage: kafka_relay SERVERS SOURCE TARGET");
  const std::string servers = arguments[1], target = arguments[3];
  rd_kafka_queue_t* source =
      Subscribe(MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers},
                                               {"isolation.level", "read_committed"},
                                               {"group.id", "kafka-relay"},
                                               {"enable.auto.commit", "false"},
                                               {"socket.nagle.disable", "true"}}),
                arguments[2]);
  std::vector<Target> targets;
  for (const char* id : {"-a", "-b", "-c", "-d"}) {
    targets.push_back(OpenTarget(servers, target, id));
  }
  std::vector<rd_kafka_message_t*> found(kMostMessages);
  std::vector<rd_kafka_message_t*> messages;
  for (size_t turn = 0;; ++turn) {
    // The first one is waited for, the others only if they are there.
    messages.clear();
    for (int wait = 1000;; wait = 0) {
      const ssize_t got =
          rd_kafka_consume_batch_queue(source, wait, found.data(), wait ? 1 : found.size());
      if (got < 0) Fail(rd_kafka_err2str(rd_kafka_last_error()));
      for (ssize_t i = 0; i < got; ++i) {
        if (found[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          messages.push_back(found[i]);
        } else {
          rd_kafka_message_destroy(found[i]);
        }
      }
      if (wait == 0 || got == 0) break;
    }
    if (messages.empty()) continue;
    Send(targets[turn % targets.size()], messages);
    for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
  }
}
