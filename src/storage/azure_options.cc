#include "storage/azure_options.h"

#include <algorithm>
#include <cstdlib>

#include "storage/setting_reader.h"

namespace headrace {

namespace {

using arrow::fs::AzureOptions;

constexpr char kPrefix[] = "fs.azure.";
// What `fs.azure.sas.<container>.<account's host>` is called once they are known to be ours.
constexpr char kContainerSas[] = "sas.container";
constexpr std::string_view kLogin = "https://login.microsoftonline.com/";
constexpr std::string_view kIdentityEndpoint =
    "http://169.254.169.254/metadata/identity/oauth2/token";

const std::set<std::string> kKnown = {"abfs.endpoint",
                                      "account.auth.type",
                                      "account.key",
                                      "account.oauth.provider.type",
                                      "account.oauth2.client.endpoint",
                                      "account.oauth2.client.id",
                                      "account.oauth2.client.secret",
                                      "account.oauth2.msi.endpoint",
                                      "account.oauth2.msi.tenant",
                                      "account.oauth2.token.file",
                                      "always.use.https",
                                      "sas.fixed.token",
                                      kContainerSas};

// Beginnings of names that only speed, memory, retries, logs and permissions depend on.
const std::set<std::string> kWithoutEffect = {"abfs.latency.",
                                              "account.expect.",
                                              "account.hns.enabled",
                                              "account.is.hns.enabled",
                                              "account.operation.",
                                              "account.throttling.",
                                              "analysis.period",
                                              "apache.http.",
                                              "autothrottling.",
                                              "block.",
                                              "client.correlationid",
                                              "cluster.",
                                              "concurrentRequestCount.",
                                              "custom.backoff.",
                                              "data.blocks.",
                                              "disable.outputstream.flush",
                                              "enable.autothrottling",
                                              "enable.flush",
                                              "enable.readahead",
                                              "http.",
                                              "io.",
                                              "lease.threads",
                                              "list.max.results",
                                              "max.concurrent.",
                                              "networking.library",
                                              "oauth.token.fetch.",
                                              "rename.threads",
                                              "read.",
                                              "readahead",
                                              "skipUserGroupMetadataDuringInitialization",
                                              "ssl.channel.mode",
                                              "static.retry.",
                                              "tracingheader.format",
                                              "user.agent.prefix",
                                              "write."};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool HoldsHost(const std::string& name) {
  return name.find(".dfs.") != std::string::npos || name.find(".blob.") != std::string::npos;
}

// The settings of this account, by the names of those that are for all. Those of others are left
// out.
Result<StoreSettings> SettingsOf(const std::string& host, const std::string& container,
                                 const StoreSettings& settings) {
  StoreSettings own;
  StoreSettings general;
  for (auto setting = settings.lower_bound(kPrefix);
       setting != settings.end() && setting->first.starts_with(kPrefix); ++setting) {
    const auto& [key, value] = *setting;
    std::string name = key.substr(sizeof(kPrefix) - 1);
    if (name.starts_with("bucket.") || name == kContainerSas) {
      return NotSupported("setting " + key, "Settings of one account end with its host.");
    }
    if (name.ends_with("." + host)) {
      name.resize(name.size() - host.size() - 1);
      if (name == "sas." + container) name = kContainerSas;
      const bool other_container = name.starts_with("sas.") && !kKnown.contains(name) &&
                                   name.find('.', sizeof("sas.") - 1) == std::string::npos;
      if (!other_container) own[kPrefix + name] = value;
    } else if (!HoldsHost(name)) {
      general[kPrefix + name] = value;
    }
  }
  own.merge(general);
  return own;
}

Result<std::string> Require(const SettingReader& settings, const std::string& name,
                            const std::string& purpose) {
  const auto value = settings.Get(name);
  if (value) return *value;
  return BadSetting(kPrefix + name, "must be set for " + purpose);
}

bool IsBase64(const std::string& text) {
  const size_t end = text.find_last_not_of('=');
  return text.size() % 4 == 0 && end != std::string::npos && text.size() - end <= 3 &&
         std::all_of(text.begin(), text.begin() + static_cast<int64_t>(end) + 1, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '+' || c == '/';
         });
}

Status UseKey(const SettingReader& settings, AzureOptions* account) {
  ARROW_ASSIGN_OR_RAISE(const std::string key,
                        Require(settings, "account.key",
                                "the account.auth.type SharedKey, which is the default: it is the "
                                "account's key"));
  if (!IsBase64(key)) return BadSetting("fs.azure.account.key", "must be a key in Base64");
  return account->ConfigureAccountKeyCredential(key);
}

Status UseSignature(const SettingReader& settings, AzureOptions* account) {
  auto token = settings.Get(kContainerSas);
  if (!token) {
    ARROW_ASSIGN_OR_RAISE(token, Require(settings, "sas.fixed.token", "the account.auth.type SAS"));
  }
  // Arrow appends it to addresses.
  return account->ConfigureSASCredential(token->starts_with('?') ? *token : "?" + *token);
}

// What Arrow takes from the environment alone may be set to the same only.
Status MustBeOfEnvironment(const SettingReader& settings, const std::string& name,
                           const char* variable) {
  const auto value = settings.Get(name);
  if (!value || *value == Environment(variable)) return Status::OK();
  return NotSupported("setting " + (kPrefix + name) + " for WorkloadIdentityTokenProvider",
                      std::string("Set the server's environment variable ") + variable + ".");
}

Status UseClientSecret(const SettingReader& settings, AzureOptions* account) {
  const std::string purpose = "ClientCredsTokenProvider";
  ARROW_ASSIGN_OR_RAISE(const std::string id,
                        Require(settings, "account.oauth2.client.id", purpose));
  ARROW_ASSIGN_OR_RAISE(const std::string secret,
                        Require(settings, "account.oauth2.client.secret", purpose));
  ARROW_ASSIGN_OR_RAISE(const std::string endpoint,
                        Require(settings, "account.oauth2.client.endpoint", purpose));
  if (!endpoint.starts_with(kLogin)) {
    return NotSupported("fs.azure.account.oauth2.client.endpoint=" + endpoint,
                        "Use " + std::string(kLogin) + "<tenant>/oauth2/token.");
  }
  const std::string below = endpoint.substr(kLogin.size());
  const size_t end = below.find('/');
  const std::string rest = end == std::string::npos ? "" : below.substr(end);
  if (end == 0 || (rest != "/oauth2/token" && rest != "/oauth2/v2.0/token")) {
    return BadSetting("fs.azure.account.oauth2.client.endpoint",
                      "must be " + std::string(kLogin) + "<tenant>/oauth2/token");
  }
  return account->ConfigureClientSecretCredential(below.substr(0, end), id, secret);
}

Status UseProvider(const SettingReader& settings, AzureOptions* account) {
  ARROW_ASSIGN_OR_RAISE(const std::string provider, Require(settings, "account.oauth.provider.type",
                                                            "the account.auth.type OAuth"));
  const std::string name = provider.substr(provider.rfind('.') + 1);
  if (name == "ClientCredsTokenProvider") return UseClientSecret(settings, account);
  if (name == "MsiTokenProvider") {
    if (settings.Get("account.oauth2.msi.tenant")) {
      return NotSupported("setting fs.azure.account.oauth2.msi.tenant for MsiTokenProvider",
                          "An identity belongs to one tenant: take it out.");
    }
    const auto endpoint = settings.Get("account.oauth2.msi.endpoint");
    if (endpoint && *endpoint != kIdentityEndpoint) {
      return NotSupported("setting fs.azure.account.oauth2.msi.endpoint",
                          "The machine or its environment tells it: take it out.");
    }
    return account->ConfigureManagedIdentityCredential(
        settings.Get("account.oauth2.client.id").value_or(""));
  }
  if (name == "WorkloadIdentityTokenProvider") {
    ARROW_RETURN_NOT_OK(
        MustBeOfEnvironment(settings, "account.oauth2.client.id", "AZURE_CLIENT_ID"));
    ARROW_RETURN_NOT_OK(
        MustBeOfEnvironment(settings, "account.oauth2.msi.tenant", "AZURE_TENANT_ID"));
    ARROW_RETURN_NOT_OK(
        MustBeOfEnvironment(settings, "account.oauth2.token.file", "AZURE_FEDERATED_TOKEN_FILE"));
    return account->ConfigureWorkloadIdentityCredential();
  }
  return NotSupported("fs.azure.account.oauth.provider.type=" + provider,
                      "Use ClientCredsTokenProvider, MsiTokenProvider or "
                      "WorkloadIdentityTokenProvider.");
}

Status Authenticate(const SettingReader& settings, AzureOptions* account) {
  const bool has_signature = settings.Get(kContainerSas) || settings.Get("sas.fixed.token");
  const std::string kind =
      settings.Get("account.auth.type")
          .value_or(has_signature && !settings.Get("account.key") ? "SAS" : "SharedKey");
  if (kind == "SharedKey") return UseKey(settings, account);
  if (kind == "SAS") return UseSignature(settings, account);
  if (kind == "OAuth") return UseProvider(settings, account);
  return NotSupported("fs.azure.account.auth.type=" + kind, "Use SharedKey, SAS or OAuth.");
}

// Where the account answers.
Status FindServices(const std::string& scheme, const std::string& host,
                    const SettingReader& settings, AzureOptions* account) {
  const size_t end = std::min(host.find('.'), host.size());
  account->account_name = host.substr(0, end);
  ARROW_ASSIGN_OR_RAISE(const bool secure, settings.GetBool("always.use.https", true));
  std::string transport = secure || scheme == "abfss" || scheme == "wasbs" ? "https" : "http";
  if (const auto endpoint = settings.Get("abfs.endpoint")) {
    ARROW_ASSIGN_OR_RAISE(account->blob_storage_authority,
                          HostOf("fs.azure.abfs.endpoint", *endpoint, &transport));
    account->dfs_storage_authority = account->blob_storage_authority;
  } else {
    const std::string domain = host.substr(end);
    const size_t service = std::min(domain.find(".dfs."), domain.find(".blob."));
    if (service == std::string::npos || end == 0) {
      return IllegalArgument("", "The path's host '" + host +
                                     "' is not that of an account: it must be "
                                     "<account>.dfs.<domain> or <account>.blob.<domain>. "
                                     "fs.azure.abfs.endpoint is for other services.");
    }
    const std::string before = domain.substr(0, service);
    const std::string after = domain.substr(domain.find('.', service + 1));
    account->blob_storage_authority = before + ".blob" + after;
    account->dfs_storage_authority = before + ".dfs" + after;
  }
  account->blob_storage_scheme = transport;
  account->dfs_storage_scheme = transport;
  return Status::OK();
}

}  // namespace

Result<AzureContainer> ReadAzureSettings(const std::string& scheme, const std::string& authority,
                                         const StoreSettings& settings) {
  const size_t at = authority.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == authority.size()) {
    return IllegalArgument("", "The path " + scheme + "://" + authority +
                                   " must name a container and its account: " + scheme +
                                   "://container@account.dfs.core.windows.net/path.");
  }
  AzureContainer container{.name = authority.substr(0, at), .account = {}};
  const std::string host = authority.substr(at + 1);
  ARROW_ASSIGN_OR_RAISE(const StoreSettings own, SettingsOf(host, container.name, settings));
  const SettingReader reader(own, kPrefix, "");
  ARROW_RETURN_NOT_OK(reader.Check(kKnown, kWithoutEffect));
  ARROW_RETURN_NOT_OK(FindServices(scheme, host, reader, &container.account));
  ARROW_RETURN_NOT_OK(Authenticate(reader, &container.account));
  return container;
}

}  // namespace headrace
