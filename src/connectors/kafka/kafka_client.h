// One librdkafka instance: a consumer or a producer, with what both ask brokers about.
//
// Thread-safe. Nothing is sent before the first question. librdkafka connects anew by itself; a
// question that cannot be answered in time is an IOError that names the brokers and the last
// trouble they had.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "base/task_pool.h"
#include "connectors/kafka/client_properties.h"
#include "connectors/kafka/partition_offsets.h"

namespace headrace {

// "<what>: Local: Broker transport failure (<detail>)"; a KeyError for a partition that is not
// there, else an IOError.
Status KafkaError(const std::string& what, rd_kafka_resp_err_t error,
                  const std::string& detail = "");
// May the same request succeed later, without anybody doing something about it?
bool IsTransient(rd_kafka_resp_err_t error);

class KafkaClient {
 public:
  // Called for a delivered or failed message of a producer.
  using DeliveryCallback = std::function<void(const rd_kafka_message_t&)>;

  static Result<std::shared_ptr<KafkaClient>> Make(
      KafkaRole role, const std::map<std::string, std::string>& properties,
      DeliveryCallback delivered = nullptr);
  ~KafkaClient();

  rd_kafka_t* handle() const { return handle_; }
  // Kept as long as the client.
  Result<rd_kafka_topic_t*> Topic(const std::string& name);
  void ForgetTopic(const std::string& name);

  struct TopicMetadata {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    int32_t partitions = 0;
  };
  using Metadata = std::map<std::string, TopicMetadata>;
  // Of `topics`; empty: of all topics.
  Result<Metadata> FetchMetadata(const std::vector<std::string>& topics, int timeout_ms);

  struct ListedOffset {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    int64_t offset = -1;
  };
  // The first offset whose message is as young as the given time in milliseconds, -1 if there is
  // none; for the times kLatestOffset and kEarliestOffset the partition's ends.
  Result<std::map<TopicPartition, ListedOffset>> ListOffsets(const PartitionOffsets& times,
                                                             int timeout_ms);

  // What librdkafka complained about last; "" if nothing.
  std::string last_trouble() const;
  // Takes in what was noticed of brokers; to be asked after a question without an answer. An error
  // if they will not talk to this client, so that waiting does not help: a login or a certificate
  // that is not accepted. It names the settings.
  Status refusal();
  // Has a consumer look again at once whether it may fetch. librdkafka stops fetching while a queue
  // is full, and the thread that fetches sleeps on for up to a second after it was emptied.
  void WakeFetching();
  // The same as refusal, only for the log.
  void NoticeTrouble() { rd_kafka_poll(handle_, 0); }

 private:
  KafkaClient() = default;
  static void OnLog(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  static void OnError(rd_kafka_t* handle, int error, const char* reason, void* client);
  static void OnDelivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* client);
  std::string Detail() const;
  void AcceptedAgain();

  rd_kafka_t* handle_ = nullptr;
  std::string brokers_;
  std::string user_;
  std::string password_;
  DeliveryCallback delivered_;
  std::mutex topics_mutex_;
  std::map<std::string, rd_kafka_topic_t*> topics_;
  mutable std::mutex trouble_mutex_;
  std::string trouble_;
  Status refusal_;
};

}  // namespace headrace
