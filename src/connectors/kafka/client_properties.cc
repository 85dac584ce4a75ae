#include "connectors/kafka/client_properties.h"

#include <set>

#include "connector/option_check.h"
#include "connectors/kafka/login_configuration.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

using Properties = std::map<std::string, std::string>;

constexpr char kPrefix[] = "kafka.";

// The same property under another name.
const std::map<std::string, std::string>& RenamedProperties() {
  static const auto* names = new std::map<std::string, std::string>{
      {"fetch.max.wait.ms", "fetch.wait.max.ms"},
      {"max.request.size", "message.max.bytes"},
      {"metadata.max.age.ms", "topic.metadata.refresh.interval.ms"},
      {"sasl.mechanism", "sasl.mechanisms"},
      {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
      {"ssl.keystore.key", "ssl.key.pem"},
      {"ssl.truststore.certificates", "ssl.ca.pem"},
  };
  return *names;
}

// Tuning and reporting of the Java client itself: without them the result is the same. Consumers
// here belong to no group, so its protocol has nothing to tune either.
const std::set<std::string>& PropertiesWithoutEffect() {
  static const auto* names = new std::set<std::string>{
      "auto.include.jmx.reporter",
      "default.list.key.serde.inner",
      "enable.metrics.push",
      "exclude.internal.topics",
      "group.protocol",
      "heartbeat.interval.ms",
      "max.poll.interval.ms",
      "max.poll.records",
      "metadata.max.idle.ms",
      "metadata.recovery.strategy",
      "metric.reporters",
      "metrics.num.samples",
      "metrics.recording.level",
      "metrics.sample.window.ms",
      "partition.assignment.strategy",
      "partitioner.adaptive.partitioning.enable",
      "partitioner.availability.timeout.ms",
      "retry.backoff.max.ms",
      "session.timeout.ms",
      "socket.connection.setup.timeout.max.ms",
      // Read by the connector itself.
      "default.api.timeout.ms",
      "max.block.ms",
  };
  return *names;
}

Status Forbidden(const std::string& name, const std::string& advice) {
  return IllegalArgument("", "Kafka option '" + name + "' is not supported" + advice,
                         {{"option", std::string(kPrefix) + name}});
}

Status CheckReserved(const std::string& name, KafkaRole role) {
  if (role == KafkaRole::kConsumer) {
    if (name == "auto.offset.reset") {
      return Forbidden(name,
                       ". Use the option 'startingOffsets' with 'earliest' or 'latest' to say "
                       "where a new query begins; a query that was started before goes on from its "
                       "checkpoint.");
    }
    if (name == "key.deserializer" || name == "value.deserializer") {
      return Forbidden(name, ": " + name.substr(0, name.find('.')) +
                                 "s are read as binary; decode them with DataFrame operations.");
    }
    if (name == "enable.auto.commit") return Forbidden(name, "");
  } else {
    if (name == "key.serializer" || name == "value.serializer") {
      return Forbidden(name, ": " + name.substr(0, name.find('.')) +
                                 "s are written as they are; encode them with DataFrame "
                                 "operations.");
    }
    if (name == "transactional.id") {
      return Forbidden(name, ". Use the option headrace.exactlyOnce=true for transactions.");
    }
  }
  if (name == "interceptor.classes") return Forbidden(name, "");
  return Status::OK();
}

Status Refuse(const std::string& name, const std::string& advice = "") {
  return NotSupported("Kafka property " + name, advice);
}

// -1 is the system's choice in Java, which is 0 in librdkafka.
std::string BufferBytes(const std::string& value) { return value == "-1" ? "0" : value; }

Result<std::string> Partitioner(const std::string& name, const std::string& value) {
  const std::string last = value.substr(value.rfind('.') + 1);
  if (last == "DefaultPartitioner" || last == "BuiltInPartitioner") return "murmur2_random";
  return Refuse(name + "=" + value, "Choose partitions with a 'partition' column.");
}

// Properties whose value changes, or that become several. False: none of these.
Result<bool> TranslateSpecially(const std::string& name, const std::string& value, KafkaRole role,
                                Properties* out) {
  Properties& properties = *out;
  if (name == "receive.buffer.bytes") {
    properties["socket.receive.buffer.bytes"] = BufferBytes(value);
  } else if (name == "send.buffer.bytes") {
    properties["socket.send.buffer.bytes"] = BufferBytes(value);
  } else if (name == "request.timeout.ms") {
    properties[role == KafkaRole::kConsumer ? "socket.timeout.ms" : "request.timeout.ms"] = value;
  } else if (name == "ssl.endpoint.identification.algorithm") {
    properties[name] = value.empty() ? "none" : value;
  } else if (name == "client.dns.lookup") {
    if (value != "use_all_dns_ips") return Refuse(name + "=" + value);
  } else if (name == "compression.gzip.level" || name == "compression.zstd.level" ||
             name == "compression.lz4.level") {
    properties["compression.level"] = value;
  } else if (name == "buffer.memory") {
    Options memory;
    memory.Set(name, value);
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, memory.GetPositiveInt(name, 0));
    properties["queue.buffering.max.kbytes"] = std::to_string(std::max<int64_t>(1, bytes / 1024));
  } else if (name == "partitioner.class") {
    ARROW_ASSIGN_OR_RAISE(properties["partitioner"], Partitioner(name, value));
  } else if (name == "partitioner.ignore.keys") {
    if (!EqualsIgnoreCase(value, "false")) return Refuse(name + "=" + value);
  } else {
    return false;
  }
  return true;
}

void SetDefault(Properties* properties, const std::string& name, const std::string& value) {
  properties->emplace(name, value);
}

bool ValueIs(const Properties& properties, const std::string& name,
             const std::set<std::string>& values) {
  const auto found = properties.find(name);
  return found == properties.end() || values.contains(ToLower(found->second));
}

void SetConsumerDefaults(Properties* properties) {
  SetDefault(properties, "isolation.level", "read_uncommitted");
  // An offset that is gone is an error to be reported, never a reason to go elsewhere.
  (*properties)["auto.offset.reset"] = "error";
  (*properties)["enable.auto.commit"] = "false";
  (*properties)["enable.auto.offset.store"] = "false";
  // Offsets of control records and of aborted transactions never come as messages.
  (*properties)["enable.partition.eof"] = "true";
  // The broker answers as soon as there is one byte; then the client asks again at once.
  SetDefault(properties, "fetch.error.backoff.ms", "100");
  // What is fetched ahead, for each partition, and what one answer of a broker holds. A message
  // takes some 350 bytes besides its own: the number counts where messages are small.
  SetDefault(properties, "queued.min.messages", "16384");
  SetDefault(properties, "queued.max.messages.kbytes", "4096");
  SetDefault(properties, "fetch.max.bytes", "8388608");
}

void SetProducerDefaults(Properties* properties) {
  SetDefault(properties, "delivery.timeout.ms", "120000");
  SetDefault(properties, "partitioner", "murmur2_random");
  // What waits to be sent or to be acknowledged: buffer.memory in Java. The bytes are those of the
  // messages alone, so small ones are bounded by their number.
  SetDefault(properties, "queue.buffering.max.kbytes", "32768");
  SetDefault(properties, "queue.buffering.max.messages", "32768");
  const bool idempotent =
      ValueIs(*properties, "acks", {"all", "-1"}) &&
      ValueIs(*properties, "max.in.flight.requests.per.connection", {"1", "2", "3", "4", "5"}) &&
      (!properties->contains("retries") || properties->at("retries") != "0");
  SetDefault(properties, "enable.idempotence", idempotent ? "true" : "false");
  // Reports of success are what a flush wakes up for; without them it looks every 10 ms.
  (*properties)["delivery.report.only.error"] = "false";
}

}  // namespace

Result<Properties> TranslateClientProperties(const Options& options, KafkaRole role) {
  Properties given;
  for (const auto& [key, value] : options.values()) {
    const std::string lower = ToLower(key);
    if (lower.starts_with(kPrefix)) given[lower.substr(sizeof(kPrefix) - 1)] = value;
  }
  for (const auto& [name, value] : given) ARROW_RETURN_NOT_OK(CheckReserved(name, role));
  if (!given.contains("bootstrap.servers")) {
    return IllegalArgument("",
                           "Option 'kafka.bootstrap.servers' must be specified for configuring "
                           "Kafka " +
                               std::string(role == KafkaRole::kConsumer ? "consumer" : "producer"),
                           {{"option", "kafka.bootstrap.servers"}});
  }

  Properties properties;
  ARROW_RETURN_NOT_OK(TranslateSecurity(&given, &properties));
  Options without_effect;
  for (const auto& [name, value] : given) {
    if (PropertiesWithoutEffect().contains(name)) {
      without_effect.Set(kPrefix + name, value);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool done, TranslateSpecially(name, value, role, &properties));
    if (done) continue;
    const auto renamed = RenamedProperties().find(name);
    properties[renamed == RenamedProperties().end() ? name : renamed->second] = value;
  }
  WarnUnknownOptions("kafka", without_effect,
                     {"kafka.default.api.timeout.ms", "kafka.max.block.ms"});
  // As the Java client's: a request never waits for what was sent before to be acknowledged.
  SetDefault(&properties, "socket.nagle.disable", "true");
  role == KafkaRole::kConsumer ? SetConsumerDefaults(&properties)
                               : SetProducerDefaults(&properties);
  ARROW_RETURN_NOT_OK(CheckClientProperties(properties));
  return properties;
}

}  // namespace headrace
