#include "connectors/kafka/kafka_client.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/log.h"

namespace headrace {

namespace {

constexpr int kWarningLevel = 4;  // syslog's

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using ListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

bool Mentions(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

// OK for what may pass. The end of a handshake tells itself by its text alone: some of it comes as
// a broken connection.
Status RefusalOf(rd_kafka_resp_err_t error, const std::string& reason, const std::string& brokers) {
  std::string settings;
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
    settings =
        "the login: check kafka.sasl.jaas.config (or kafka.sasl.username and kafka.sasl.password) "
        "and kafka.sasl.mechanism";
  } else if (Mentions(reason, {"SSL alert number"})) {
    settings =
        "the client's certificate, which the broker does not take: check "
        "kafka.ssl.keystore.location and kafka.ssl.keystore.type";
  } else if (Mentions(reason, {"certificate verify failed"})) {
    settings =
        "the broker's certificate, which is not trusted: check kafka.ssl.truststore.location and "
        "kafka.ssl.truststore.type; or it is for another host name: check kafka.bootstrap.servers "
        "and kafka.ssl.endpoint.identification.algorithm";
  } else {
    return Status::OK();
  }
  return MakeError(ErrorKind::kSpark, "",
                   "The Kafka brokers " + brokers + " cannot be used because of " + settings +
                       ". The client says: " + reason);
}

}  // namespace

Status KafkaError(const std::string& what, rd_kafka_resp_err_t error, const std::string& detail) {
  const bool unknown = error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
                       error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                       error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  return Status(unknown ? arrow::StatusCode::KeyError : arrow::StatusCode::IOError,
                what + ": " + rd_kafka_err2str(error) + (detail.empty() ? "" : " (" + detail + ")"),
                std::make_shared<ErrorDetail>(ErrorKind::kSpark, "", ErrorParameters()));
}

bool IsTransient(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
      return true;
    default:
      return false;
  }
}

Result<std::shared_ptr<KafkaClient>> KafkaClient::Make(
    KafkaRole role, const std::map<std::string, std::string>& properties,
    DeliveryCallback delivered) {
  std::shared_ptr<KafkaClient> client(new KafkaClient);
  client->delivered_ = std::move(delivered);
  rd_kafka_conf_t* configuration = rd_kafka_conf_new();
  char why[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why, sizeof(why)) !=
        RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(configuration);
      return IllegalArgument("", "Kafka property '" + name + "': " + why);
    }
  }
  const auto property = [&](const char* name) {
    const auto found = properties.find(name);
    return found == properties.end() ? std::string() : found->second;
  };
  client->brokers_ = property("bootstrap.servers");
  client->user_ = property("sasl.username");
  client->password_ = property("sasl.password");
  rd_kafka_conf_set_opaque(configuration, client.get());
  rd_kafka_conf_set_log_cb(configuration, &KafkaClient::OnLog);
  rd_kafka_conf_set_error_cb(configuration, &KafkaClient::OnError);
  const bool producer = role == KafkaRole::kProducer;
  if (producer) rd_kafka_conf_set_dr_msg_cb(configuration, &KafkaClient::OnDelivery);
  client->handle_ = rd_kafka_new(producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, configuration,
                                 why, sizeof(why));
  if (client->handle_ == nullptr) {
    rd_kafka_conf_destroy(configuration);
    const char* advice = Mentions(why, {"PKCS#12", "PKCS12", "pkcs12"})
                             ? "; check kafka.ssl.keystore.location and kafka.ssl.keystore.password"
                             : "";
    return IllegalArgument("", std::string("The Kafka client cannot be made: ") + why + advice);
  }
  // Tokens are renewed without anybody polling; an instance without SASL says no, which is fine.
  if (rd_kafka_error_t* error = rd_kafka_sasl_background_callbacks_enable(client->handle_)) {
    rd_kafka_error_destroy(error);
  }
  return client;
}

KafkaClient::~KafkaClient() {
  if (handle_ == nullptr) return;
  for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  // Nothing is left to be sent by then; waiting for consumers to leave a group has no point.
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaClient::WakeFetching() {
  // Nothing says so directly. Of what wakes the threads of all brokers, only this leaves a consumer
  // as it is: credentials are looked at when it connects anew, and they are the same.
  if (rd_kafka_error_t* error =
          rd_kafka_sasl_set_credentials(handle_, user_.c_str(), password_.c_str())) {
    rd_kafka_error_destroy(error);
  }
}

Result<rd_kafka_topic_t*> KafkaClient::Topic(const std::string& name) {
  std::lock_guard lock(topics_mutex_);
  auto& topic = topics_[name];
  if (topic == nullptr) topic = rd_kafka_topic_new(handle_, name.c_str(), nullptr);
  if (topic == nullptr) {
    topics_.erase(name);
    return KafkaError("Kafka topic '" + name + "'", rd_kafka_last_error());
  }
  return topic;
}

void KafkaClient::ForgetTopic(const std::string& name) {
  std::lock_guard lock(topics_mutex_);
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  rd_kafka_topic_destroy(found->second);
  topics_.erase(found);
}

Result<KafkaClient::Metadata> KafkaClient::FetchMetadata(const std::vector<std::string>& topics,
                                                         int timeout_ms) {
  // A request for some topics is one for those that the client holds.
  for (const auto& name : topics) ARROW_RETURN_NOT_OK(Topic(name).status());
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(handle_, topics.empty() ? 1 : 0, nullptr, &raw, timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaError("Kafka brokers " + brokers_ + " do not tell their topics", error, Detail());
  }
  AcceptedAgain();
  Metadata metadata;
  for (int i = 0; i < raw->topic_cnt; ++i) {
    const auto& topic = raw->topics[i];
    metadata[topic.topic] = {topic.err, topic.partition_cnt};
  }
  rd_kafka_metadata_destroy(raw);
  return metadata;
}

Result<std::map<TopicPartition, KafkaClient::ListedOffset>> KafkaClient::ListOffsets(
    const PartitionOffsets& times, int timeout_ms) {
  std::map<TopicPartition, ListedOffset> listed;
  if (times.empty()) return listed;
  const ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(times.size())));
  for (const auto& [partition, time] : times) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
        ->offset = time;
  }
  const auto error = rd_kafka_offsets_for_times(handle_, list.get(), timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaError("Kafka brokers " + brokers_ + " do not tell their offsets", error, Detail());
  }
  AcceptedAgain();
  for (int i = 0; i < list->cnt; ++i) {
    const auto& element = list->elems[i];
    listed[{element.topic, element.partition}] = {element.err, element.offset};
  }
  return listed;
}

std::string KafkaClient::last_trouble() const {
  std::lock_guard lock(trouble_mutex_);
  return trouble_;
}

std::string KafkaClient::Detail() const {
  const std::string trouble = last_trouble();
  return trouble.empty() ? "" : "last trouble: " + trouble;
}

void KafkaClient::OnLog(const rd_kafka_t* handle, int level, const char* facility,
                        const char* text) {
  if (level > kWarningLevel) return;
  LogWarn("kafka", std::string(facility) + ": " + text);
  // While the instance is being made it has no opaque value yet.
  auto* client = handle == nullptr ? nullptr : static_cast<KafkaClient*>(rd_kafka_opaque(handle));
  if (client == nullptr) return;
  // That all brokers are down says less than why the last one is.
  if (Mentions(text, {"brokers are down"})) return;
  std::lock_guard lock(client->trouble_mutex_);
  client->trouble_ = text;
}

void KafkaClient::OnError(rd_kafka_t*, int error, const char* reason, void* opaque) {
  auto* client = static_cast<KafkaClient*>(opaque);
  const Status refusal =
      RefusalOf(static_cast<rd_kafka_resp_err_t>(error), reason, client->brokers_);
  std::lock_guard lock(client->trouble_mutex_);
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) client->trouble_ = reason;
  if (client->refusal_.ok()) client->refusal_ = refusal;
}

void KafkaClient::AcceptedAgain() {
  std::lock_guard lock(trouble_mutex_);
  refusal_ = Status::OK();
}

Status KafkaClient::refusal() {
  rd_kafka_poll(handle_, 0);
  std::lock_guard lock(trouble_mutex_);
  return std::exchange(refusal_, Status::OK());
}

void KafkaClient::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* client) {
  const auto& delivered = static_cast<KafkaClient*>(client)->delivered_;
  if (delivered) delivered(*message);
}

}  // namespace headrace
