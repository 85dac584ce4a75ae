// How long a message takes through a query that reads one Kafka topic and writes another.
//
//   kafka_latency SERVERS SOURCE TARGET MESSAGES_PER_SECOND SECONDS
//
// Sends numbered messages of 100 bytes at an even rate, reads committed ones from the other topic,
// and prints what it saw as JSON: milliseconds from a message's due time to its arrival. The first
// fifth of the time warms up and is not counted.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "kafka_client.h"

using headrace::bench::Fail;
using headrace::bench::MakeClient;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr size_t kMessageBytes = 100;
constexpr auto kLongestSilence = std::chrono::seconds(30);

int64_t Nanoseconds(SteadyClock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

class Sender {
 public:
  Sender(const std::string& servers, const std::string& topic)
      : client_(MakeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", servers},
                                               {"linger.ms", "1"},
                                               {"acks", "all"},
                                               {"socket.nagle.disable", "true"}})),
        topic_(rd_kafka_topic_new(client_, topic.c_str(), nullptr)) {}

  // Messages "<due time in ns> <number>", padded. All of a millisecond are due at its begin: a
  // wake-up for each would be a load of its own.
  void Run(int64_t per_second, int64_t count) {
    const auto begin = SteadyClock::now();
    for (int64_t i = 0; i < count; ++i) {
      const auto due = begin + std::chrono::milliseconds(i * 1000 / per_second);
      if (due > SteadyClock::now()) {
        rd_kafka_poll(client_, 0);
        std::this_thread::sleep_until(due);
      }
      char text[kMessageBytes + 1];
      std::snprintf(
          text, sizeof(text), "%-*s", static_cast<int>(kMessageBytes),
          (std::to_string(Nanoseconds(due.time_since_epoch())) + " " + std::to_string(i)).c_str());
      while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, text,
                              kMessageBytes, nullptr, 0, nullptr) != 0) {
        rd_kafka_poll(client_, 1);
      }
    }
    rd_kafka_flush(client_, 60000);
  }

 private:
  rd_kafka_t* const client_;
  rd_kafka_topic_t* const topic_;
};

class Receiver {
 public:
  Receiver(const std::string& servers, const std::string& topic)
      : client_(MakeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", servers},
                                               {"isolation.level", "read_committed"},
                                               {"fetch.wait.max.ms", "500"},
                                               {"socket.nagle.disable", "true"},
                                               {"group.id", "kafka-latency"},
                                               {"enable.auto.commit", "false"}})),
        topic_(rd_kafka_topic_new(client_, topic.c_str(), nullptr)),
        queue_(rd_kafka_queue_new(client_)) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(client_, 0, topic_, &metadata, 30000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Fail("no metadata of " + topic);
    }
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
      rd_kafka_consume_start_queue(topic_, i, RD_KAFKA_OFFSET_END, queue_);
    }
    rd_kafka_metadata_destroy(metadata);
  }

  // Until `expected` messages are there, or nothing comes any more. Milliseconds by number; -1:
  // lost.
  std::vector<double> Run(int64_t expected, int64_t* received) {
    std::vector<double> delays(static_cast<size_t>(expected), -1);
    auto last = SteadyClock::now();
    *received = 0;
    while (*received < expected && SteadyClock::now() - last < kLongestSilence) {
      rd_kafka_message_t* message = rd_kafka_consume_queue(queue_, 100);
      if (message == nullptr) continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        last = SteadyClock::now();
        const std::string text(static_cast<const char*>(message->payload), message->len);
        char* end = nullptr;
        const int64_t due = std::strtoll(text.c_str(), &end, 10);
        const int64_t number = std::strtoll(end, nullptr, 10);
        if (number >= 0 && number < expected) {
          delays[static_cast<size_t>(number)] =
              static_cast<double>(Nanoseconds(last.time_since_epoch()) - due) / 1e6;
        }
        ++*received;
      }
      rd_kafka_message_destroy(message);
    }
    return delays;
  }

 private:
  rd_kafka_t* const client_;
  rd_kafka_topic_t* const topic_;
  rd_kafka_queue_t* const queue_;
};

double Quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) Fail("usage: kafka_latency SERVERS SOURCE TARGET MESSAGES_PER_SECOND SECONDS");
  const int64_t per_second = std::atoll(arguments[4]);
  const int64_t messages = per_second * std::atoll(arguments[5]);
  Sender sender(arguments[1], arguments[2]);
  Receiver receiver(arguments[1], arguments[3]);
  // The consumer finds the topic's end meanwhile.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  std::thread sending([&] { sender.Run(per_second, messages); });
  int64_t received = 0;
  std::vector<double> delays = receiver.Run(messages, &received);
  sending.join();

  delays.erase(delays.begin(), delays.begin() + messages / 5);
  const int64_t lost = std::count(delays.begin(), delays.end(), -1.0);
  std::erase(delays, -1.0);
  if (delays.empty()) Fail("nothing arrived");
  std::sort(delays.begin(), delays.end());
  std::printf("{\"received\": %" PRId64 ", \"lost\": %" PRId64
              ", \"p50_ms\": %.2f, \"p90_ms\": %.2f, \"p99_ms\": %.2f, \"most_ms\": %.2f}\n",
              received, lost, Quantile(delays, 0.5), Quantile(delays, 0.9), Quantile(delays, 0.99),
              delays.back());
  // The clients' threads have nothing to finish.
  std::fflush(stdout);
  std::_Exit(0);
}
