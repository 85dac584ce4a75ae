// What the measuring programs of Kafka share.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace headrace::bench {

[[noreturn]] inline void Fail(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::exit(1);
}

inline rd_kafka_t* MakeClient(rd_kafka_type_t type,
                              const std::vector<std::pair<std::string, std::string>>& properties) {
  rd_kafka_conf_t* configuration = rd_kafka_conf_new();
  // A producer's flush looks for ends every ten milliseconds only, unless reports of delivery wake
  // it.
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(configuration,
                                [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
  }
  char why[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why, sizeof(why)) !=
        RD_KAFKA_CONF_OK) {
      Fail(why);
    }
  }
  rd_kafka_t* client = rd_kafka_new(type, configuration, why, sizeof(why));
  if (client == nullptr) Fail(why);
  return client;
}

}  // namespace headrace::bench
