#include "connectors/kafka/login_configuration.h"

#include <optional>

#include <librdkafka/rdkafka.h>

#include "base/log.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

using Properties = std::map<std::string, std::string>;

std::optional<std::string> Take(Properties* given, const std::string& name) {
  const auto found = given->find(name);
  if (found == given->end()) return std::nullopt;
  std::string value = found->second;
  given->erase(found);
  return value;
}

Status Refuse(const std::string& property, const std::string& advice) {
  return NotSupported("Kafka property " + property, advice);
}

Status TranslateTrustStore(Properties* given, Properties* properties) {
  const std::string type = ToLower(Take(given, "ssl.truststore.type").value_or("jks"));
  const auto location = Take(given, "ssl.truststore.location");
  const auto password = Take(given, "ssl.truststore.password");
  if (!location) return Status::OK();
  if (type != "pem" && !ToLower(*location).ends_with(".pem")) {
    return Refuse("ssl.truststore.location",
                  "Java trust stores cannot be read. Export its certificates (keytool -exportcert "
                  "-rfc) and set kafka.ssl.truststore.type=PEM.");
  }
  (*properties)["ssl.ca.location"] = *location;
  return Status::OK();
}

Status TranslateKeyStore(Properties* given, Properties* properties) {
  const std::string type = ToLower(Take(given, "ssl.keystore.type").value_or("jks"));
  const auto location = Take(given, "ssl.keystore.location");
  const auto password = Take(given, "ssl.keystore.password");
  if (!location) return Status::OK();
  if (type == "pem" || ToLower(*location).ends_with(".pem")) {
    // One file holds both.
    (*properties)["ssl.certificate.location"] = *location;
    (*properties)["ssl.key.location"] = *location;
    return Status::OK();
  }
  if (type != "pkcs12") {
    return Refuse("ssl.keystore.location",
                  "Java key stores cannot be read. Convert it (keytool -importkeystore "
                  "-deststoretype PKCS12) and set kafka.ssl.keystore.type=PKCS12.");
  }
  (*properties)["ssl.keystore.location"] = *location;
  if (password) (*properties)["ssl.keystore.password"] = *password;
  return Status::OK();
}

// Moves a module's option to librdkafka's name for it.
void Move(const Properties& jaas, const std::string& option, const std::string& name,
          Properties* properties) {
  const auto found = jaas.find(option);
  if (found != jaas.end()) (*properties)[name] = found->second;
}

Status TranslateJaas(const std::string& text, Properties* properties) {
  ARROW_ASSIGN_OR_RAISE(const Properties jaas, ParseJaas(text));
  const std::string& path = jaas.at("");
  const std::string module = path.substr(path.rfind('.') + 1);
  if (module == "PlainLoginModule" || module == "ScramLoginModule") {
    Move(jaas, "username", "sasl.username", properties);
    Move(jaas, "password", "sasl.password", properties);
  } else if (module == "Krb5LoginModule") {
    Move(jaas, "keyTab", "sasl.kerberos.keytab", properties);
    Move(jaas, "principal", "sasl.kerberos.principal", properties);
    Move(jaas, "serviceName", "sasl.kerberos.service.name", properties);
  } else if (module == "OAuthBearerLoginModule") {
    (*properties)["sasl.oauthbearer.method"] = "oidc";
    Move(jaas, "clientId", "sasl.oauthbearer.client.id", properties);
    Move(jaas, "clientSecret", "sasl.oauthbearer.client.secret", properties);
    Move(jaas, "scope", "sasl.oauthbearer.scope", properties);
  } else {
    return Refuse("sasl.jaas.config with " + path,
                  "Use PlainLoginModule, ScramLoginModule, Krb5LoginModule or "
                  "OAuthBearerLoginModule.");
  }
  return Status::OK();
}

}  // namespace

Status TranslateSecurity(Properties* given, Properties* properties) {
  ARROW_RETURN_NOT_OK(TranslateTrustStore(given, properties));
  ARROW_RETURN_NOT_OK(TranslateKeyStore(given, properties));
  if (const auto jaas = Take(given, "sasl.jaas.config")) {
    ARROW_RETURN_NOT_OK(TranslateJaas(*jaas, properties));
  }
  if (const auto handler = Take(given, "sasl.login.callback.handler.class")) {
    if (!handler->ends_with(".OAuthBearerLoginCallbackHandler")) {
      return Refuse("sasl.login.callback.handler.class=" + *handler,
                    "Classes of the Java client cannot be loaded.");
    }
  }
  return Status::OK();
}

Result<Properties> ParseJaas(const std::string& text) {
  const auto wrong = [] {
    // The text holds a password, so it is not shown.
    return IllegalArgument("",
                           "The value of 'kafka.sasl.jaas.config' has not the form: "
                           "<class of the login module> required name=\"value\" ...;");
  };
  size_t at = 0;
  const auto skip_space = [&] {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  };
  const auto word = [&](const std::string& ends) {
    skip_space();
    const size_t begin = at;
    while (at < text.size() && !std::isspace(static_cast<unsigned char>(text[at])) &&
           ends.find(text[at]) == std::string::npos) {
      ++at;
    }
    return text.substr(begin, at - begin);
  };
  Properties jaas;
  jaas[""] = word(";");
  const std::string flag = ToLower(word(";"));
  if (jaas[""].empty() ||
      (flag != "required" && flag != "requisite" && flag != "sufficient" && flag != "optional")) {
    return wrong();
  }
  while (true) {
    skip_space();
    if (at >= text.size() || text[at] == ';') return jaas;
    const std::string name = word("=;");
    skip_space();
    if (name.empty() || at >= text.size() || text[at] != '=') return wrong();
    ++at;
    skip_space();
    if (at >= text.size()) return wrong();
    std::string value;
    if (const char quote = text[at]; quote == '"' || quote == '\'') {
      for (++at; at < text.size() && text[at] != quote; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      if (at >= text.size()) return wrong();
      ++at;
    } else {
      value = word(";");
    }
    jaas[name] = value;
  }
}

Status CheckClientProperties(const Properties& properties) {
  rd_kafka_conf_t* configuration = rd_kafka_conf_new();
  Status status;
  for (const auto& [name, value] : properties) {
    char why[512];
    const auto set =
        rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why, sizeof(why));
    if (set == RD_KAFKA_CONF_UNKNOWN) {
      status = Refuse(name, "Neither has librdkafka a property of this name.");
    } else if (set == RD_KAFKA_CONF_INVALID) {
      const bool secret = IsSecretKey(name);
      status = IllegalArgument("",
                               "Invalid value" + (secret ? "" : " '" + value + "'") +
                                   " for Kafka property '" + name + "': " + why,
                               {{"option", "kafka." + name}});
    }
    if (!status.ok()) break;
  }
  rd_kafka_conf_destroy(configuration);
  return status;
}

}  // namespace headrace
