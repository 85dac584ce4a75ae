#include <cstdlib>
#include <mutex>

#include <arrow/util/config.h>
#include <arrow/util/uri.h>

#include "storage/setting_reader.h"

namespace headrace {

namespace {

constexpr char kPrefix[] = "fs.s3a.";
constexpr char kLibrary[] = "libarrow_s3.so." ARROW_SO_VERSION;
constexpr char kDefaultRegion[] = "us-east-1";

const std::set<std::string> kKnown = {
    "access.key",      "secret.key",        "session.token",          "endpoint",
    "endpoint.region", "path.style.access", "connection.ssl.enabled", "aws.credentials.provider"};

// Beginnings of names that only speed, memory, retries and logs depend on.
const std::set<std::string> kWithoutEffect = {"attempts.",
                                              "audit.",
                                              "block.size",
                                              "bucket.probe",
                                              "buffer.dir",
                                              "change.detection.",
                                              "committer.",
                                              "connection.acquisition.",
                                              "connection.establish.",
                                              "connection.idle.",
                                              "connection.keepalive",
                                              "connection.maximum",
                                              "connection.request.",
                                              "connection.timeout",
                                              "connection.ttl",
                                              "create.",
                                              "directory.marker.",
                                              "downgrade.",
                                              "etag.",
                                              "executor.",
                                              "experimental.",
                                              "fast.upload",
                                              "impl",
                                              "input.",
                                              "list.version",
                                              "max.total.tasks",
                                              "metadatastore.",
                                              "multiobjectdelete.",
                                              "multipart.",
                                              "optimized.copy.",
                                              "paging.maximum",
                                              "performance.",
                                              "prefetch.",
                                              "readahead.",
                                              "retry.",
                                              "s3guard.",
                                              "socket.",
                                              "threads.",
                                              "user.agent.",
                                              "vectored."};

// The SDK takes long to load and to start, so that only those who use it wait for it. Once a
// process.
Status LoadLibrary() {
  static std::once_flag once;
  static Status loaded;
  std::call_once(once, [] { loaded = arrow::fs::LoadFileSystemFactories(kLibrary); });
  return loaded;
}

// The SDK must be shut down before its own static objects go, which are there when the first store
// is open: what is registered later runs earlier.
void ShutDownAtExit() {
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(arrow::fs::EnsureFinalized); });
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Credentials {
  // The SDK's own chain: environment, profiles, web identity, container, instance.
  bool from_chain = false;
  // All empty: anonymous.
  std::string access_key = {};
  std::string secret_key = {};
  std::string session_token = {};
};

// The first of the providers that has something, as in Hadoop.
Result<Credentials> FindCredentials(const SettingReader& settings) {
  const Credentials given{false, settings.Get("access.key").value_or(""),
                          settings.Get("secret.key").value_or(""),
                          settings.Get("session.token").value_or("")};
  const bool has_keys = !given.access_key.empty() && !given.secret_key.empty();
  if (given.access_key.empty() != given.secret_key.empty()) {
    return BadSetting("fs.s3a.access.key", "and fs.s3a.secret.key must both be set, or neither");
  }
  const auto providers = settings.Get("aws.credentials.provider");
  if (!providers) return has_keys ? given : Credentials{.from_chain = true};
  for (size_t begin = 0; begin <= providers->size();) {
    const size_t end = std::min(providers->find_first_of(", \n", begin), providers->size());
    const std::string provider = providers->substr(begin, end - begin);
    begin = end + 1;
    if (provider.empty()) continue;
    const std::string name = provider.substr(provider.rfind('.') + 1);
    if (name == "SimpleAWSCredentialsProvider") {
      Credentials simple = given;
      simple.session_token.clear();
      if (has_keys) return simple;
    } else if (name == "TemporaryAWSCredentialsProvider") {
      if (has_keys && !given.session_token.empty()) return given;
    } else if (name == "AnonymousAWSCredentialsProvider") {
      return Credentials{};
    } else if (name == "EnvironmentVariableCredentialsProvider") {
      const Credentials found{false, Environment("AWS_ACCESS_KEY_ID"),
                              Environment("AWS_SECRET_ACCESS_KEY"),
                              Environment("AWS_SESSION_TOKEN")};
      if (!found.access_key.empty() && !found.secret_key.empty()) return found;
    } else if (name == "DefaultAWSCredentialsProviderChain" ||
               name == "DefaultCredentialsProvider" ||
               name == "WebIdentityTokenCredentialsProvider" ||
               name == "WebIdentityTokenFileCredentialsProvider" ||
               name == "ProfileCredentialsProvider" || name == "ContainerCredentialsProvider" ||
               name == "InstanceProfileCredentialsProvider" ||
               name == "IAMInstanceCredentialsProvider") {
      return Credentials{.from_chain = true};
    } else {
      return NotSupported("credentials provider " + provider,
                          "Give keys, or use one of the providers in docs/files.md.");
    }
  }
  return BadSetting("fs.s3a.aws.credentials.provider",
                    "names providers none of which has credentials: give fs.s3a.access.key and "
                    "fs.s3a.secret.key, or the environment's AWS_ACCESS_KEY_ID");
}

struct Endpoint {
  std::string scheme = "https";
  std::string address;  // empty: Amazon's own
  std::string region;   // empty: the bucket's
};

// `s3.eu-west-1.amazonaws.com` is Amazon's own, and tells the region.
bool TakeAmazonRegion(const std::string& address, std::string* region) {
  constexpr std::string_view kDomain = ".amazonaws.com";
  if (!address.ends_with(kDomain) && !address.ends_with(".amazonaws.com.cn")) return false;
  const std::string host = address.substr(0, address.find(kDomain));
  if (host.size() > 3 && (host.starts_with("s3.") || host.starts_with("s3-")) && region->empty()) {
    *region = host.substr(3);
  }
  return true;
}

Result<Endpoint> FindEndpoint(const SettingReader& settings) {
  Endpoint found;
  ARROW_ASSIGN_OR_RAISE(const bool tls, settings.GetBool("connection.ssl.enabled", true));
  ARROW_RETURN_NOT_OK(settings.GetBool("path.style.access", false).status());
  if (!tls) found.scheme = "http";
  found.region = settings.Get("endpoint.region").value_or("");
  std::string address = settings.Get("endpoint").value_or(Environment("AWS_ENDPOINT_URL_S3"));
  if (address.empty()) address = Environment("AWS_ENDPOINT_URL");
  ARROW_ASSIGN_OR_RAISE(address, HostOf("fs.s3a.endpoint", std::move(address), &found.scheme));
  if (!TakeAmazonRegion(address, &found.region)) found.address = address;
  if (found.region.empty()) found.region = Environment("AWS_REGION");
  if (found.region.empty()) found.region = Environment("AWS_DEFAULT_REGION");
  // Without one Arrow asks Amazon for the bucket's.
  if (found.region.empty() && !found.address.empty()) found.region = kDefaultRegion;
  return found;
}

}  // namespace

Result<Store> OpenS3(const std::string& authority, const StoreSettings& settings) {
  const SettingReader reader(settings, kPrefix, authority);
  ARROW_RETURN_NOT_OK(reader.Check(kKnown, kWithoutEffect));
  ARROW_ASSIGN_OR_RAISE(const Credentials credentials, FindCredentials(reader));
  ARROW_ASSIGN_OR_RAISE(const Endpoint endpoint, FindEndpoint(reader));
  ARROW_RETURN_NOT_OK(LoadLibrary());

  // Small objects are put by one request, when they are closed.
  std::string uri = "s3://" + authority + "?allow_delayed_open=true&scheme=" + endpoint.scheme;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) uri += std::string("&") + name + "=" + arrow::util::UriEscape(value);
  };
  add("region", endpoint.region);
  add("endpoint_override", endpoint.address);
  arrow::fs::FileSystemFactoryOptions options;
  if (!credentials.from_chain) {
    options.emplace_back("access_key", credentials.access_key);
    options.emplace_back("secret_key", credentials.secret_key);
    if (!credentials.session_token.empty()) {
      options.emplace_back("session_token", credentials.session_token);
    }
  }
  Store store;
  ARROW_ASSIGN_OR_RAISE(store.files,
                        arrow::fs::FileSystemFromUriAndOptions(uri, options, &store.root));
  ShutDownAtExit();
  store.can_abort = true;
  return store;
}

}  // namespace headrace
