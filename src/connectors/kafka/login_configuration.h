// Who a Kafka client is and whom it trusts: the Java client's SASL and SSL properties.
#pragma once

#include <map>
#include <string>

#include "base/error.h"

namespace headrace {

// Takes out of `given` the SASL and SSL properties that librdkafka has in another form, and puts
// that form into `properties`. Java key stores (JKS), login modules and callback classes that have
// no equivalent are refused by name.
Status TranslateSecurity(std::map<std::string, std::string>* given,
                         std::map<std::string, std::string>* properties);

// `org.example.Module required username="a" password="b";` → the module's name under "", and its
// options. IllegalArgument for text of another form.
Result<std::map<std::string, std::string>> ParseJaas(const std::string& text);

// Refuses by name what librdkafka does not know, with librdkafka's own words for a wrong value.
Status CheckClientProperties(const std::map<std::string, std::string>& properties);

}  // namespace headrace
