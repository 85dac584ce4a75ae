#include "storage/azure_options.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAuthority[] = "box@acc.dfs.core.windows.net";
constexpr char kKey[] = "c2VjcmV0LWtleQ==";

arrow::fs::AzureOptions Account(const StoreSettings& settings, const std::string& scheme = "abfss",
                                const std::string& authority = kAuthority) {
  return ReadAzureSettings(scheme, authority, settings).ValueOrDie().account;
}

Status Refusal(const StoreSettings& settings, const std::string& authority = kAuthority) {
  return ReadAzureSettings("abfss", authority, settings).status();
}

StoreSettings OAuth(const std::string& provider, StoreSettings more) {
  more["fs.azure.account.auth.type"] = "OAuth";
  more["fs.azure.account.oauth.provider.type"] = "org.apache.hadoop.fs.azurebfs.oauth2." + provider;
  return more;
}

TEST(AzureOptionsTest, ThePathTellsContainerAccountAndServices) {
  const StoreSettings settings = {{"fs.azure.account.key", kKey}};
  const AzureContainer container = ReadAzureSettings("abfss", kAuthority, settings).ValueOrDie();
  EXPECT_EQ(container.name, "box");
  EXPECT_EQ(container.account.AccountBlobUrl("acc"), "https://acc.blob.core.windows.net/");
  EXPECT_EQ(container.account.AccountDfsUrl("acc"), "https://acc.dfs.core.windows.net/");
  EXPECT_EQ(container.account.account_name, "acc");
  const auto china = Account(settings, "wasbs", "box@acc.blob.core.chinacloudapi.cn");
  EXPECT_EQ(china.dfs_storage_authority, ".dfs.core.chinacloudapi.cn");
  EXPECT_EQ(china.blob_storage_authority, ".blob.core.chinacloudapi.cn");
  EXPECT_EQ(Account(settings, "abfss", "box@acc.z12.dfs.storage.azure.net").blob_storage_authority,
            ".z12.blob.storage.azure.net");
}

TEST(AzureOptionsTest, PathsWithoutContainerOrAccountAreRefused) {
  for (const std::string authority :
       {"box", "@acc.dfs.core.windows.net", "box@", "box@localhost:10000", "box@.dfs.host"}) {
    EXPECT_THAT(Refusal({{"fs.azure.account.key", kKey}}, authority).message(),
                AllOf(HasSubstr("account"), Not(HasSubstr(kKey))))
        << authority;
  }
}

TEST(AzureOptionsTest, TransportAndEndpoint) {
  StoreSettings settings = {{"fs.azure.account.key", kKey}};
  EXPECT_EQ(Account(settings, "abfs").blob_storage_scheme, "https");
  settings["fs.azure.always.use.https"] = "false";
  EXPECT_EQ(Account(settings, "abfs").blob_storage_scheme, "http");
  EXPECT_EQ(Account(settings, "wasb").dfs_storage_scheme, "http");
  EXPECT_EQ(Account(settings, "abfss").blob_storage_scheme, "https");
  EXPECT_EQ(Account(settings, "wasbs").blob_storage_scheme, "https");
  settings["fs.azure.abfs.endpoint"] = "127.0.0.1:10000";
  const auto emulator = Account(settings, "abfs", "box@devstoreaccount1");
  EXPECT_EQ(emulator.AccountBlobUrl("devstoreaccount1"),
            "http://127.0.0.1:10000/devstoreaccount1/");
  EXPECT_EQ(emulator.AccountDfsUrl("devstoreaccount1"), "http://127.0.0.1:10000/devstoreaccount1/");
  settings["fs.azure.abfs.endpoint"] = "http://127.0.0.1:10000/";
  EXPECT_EQ(Account(settings).AccountBlobUrl("acc"), "http://127.0.0.1:10000/acc/");
  settings["fs.azure.abfs.endpoint"] = "ftp://host";
  EXPECT_THAT(Refusal(settings).message(), HasSubstr("fs.azure.abfs.endpoint"));
}

TEST(AzureOptionsTest, SettingsOfTheAccountGoBeforeThoseOfAll) {
  const StoreSettings settings = {{"fs.azure.account.key", "YWxs"},
                                  {"fs.azure.account.key.acc.dfs.core.windows.net", kKey},
                                  {"fs.azure.account.key.other.dfs.core.windows.net", "b3RoZXI="},
                                  {"fs.azure.unheard.of.other.blob.core.windows.net", "x"}};
  EXPECT_EQ(Account(settings).AccountKey(), kKey);
  EXPECT_EQ(Account(settings, "wasbs", "box@other.dfs.core.windows.net").AccountKey(), "b3RoZXI=");
  EXPECT_EQ(Account(settings, "abfss", "box@third.dfs.core.windows.net").AccountKey(), "YWxs");
}

TEST(AzureOptionsTest, Signatures) {
  EXPECT_EQ(Account({{"fs.azure.sas.fixed.token", "sv=1&sig=x"}}).SasToken(), "?sv=1&sig=x");
  const StoreSettings settings = {{"fs.azure.account.auth.type", "SAS"},
                                  {"fs.azure.account.key", kKey},
                                  {"fs.azure.sas.fixed.token.acc.dfs.core.windows.net", "?all"},
                                  {"fs.azure.sas.box.acc.dfs.core.windows.net", "?box"},
                                  {"fs.azure.sas.other.acc.dfs.core.windows.net", "?other"}};
  EXPECT_EQ(Account(settings).SasToken(), "?box");
  EXPECT_EQ(Account(settings, "abfss", "third@acc.dfs.core.windows.net").SasToken(), "?all");
}

TEST(AzureOptionsTest, ProvidersOfTokens) {
  const StoreSettings client = {{"fs.azure.account.oauth2.client.id", "id"},
                                {"fs.azure.account.oauth2.client.secret", "hush"},
                                {"fs.azure.account.oauth2.client.endpoint",
                                 "https://login.microsoftonline.com/tenant-1/oauth2/token"}};
  const auto account = Account(OAuth("ClientCredsTokenProvider", client));
  EXPECT_EQ(account.TenantId(), "tenant-1");
  EXPECT_EQ(account.ClientId(), "id");
  EXPECT_EQ(account.ClientSecret(), "hush");
  EXPECT_TRUE(ReadAzureSettings("abfss", kAuthority, OAuth("MsiTokenProvider", {})).ok());
  EXPECT_EQ(
      Account(OAuth("MsiTokenProvider", {{"fs.azure.account.oauth2.client.id", "id"}})).ClientId(),
      "id");
  ASSERT_EQ(setenv("AZURE_CLIENT_ID", "of-environment", 1), 0);
  const StoreSettings same = {{"fs.azure.account.oauth2.client.id", "of-environment"}};
  EXPECT_TRUE(Refusal(OAuth("WorkloadIdentityTokenProvider", same)).ok());
  EXPECT_THAT(Refusal(OAuth("WorkloadIdentityTokenProvider", client)).message(),
              HasSubstr("AZURE_CLIENT_ID"));
}

TEST(AzureOptionsTest, WhatArrowCannotDoIsRefusedByName) {
  const auto refused = [](const StoreSettings& settings, const std::string& name) {
    const Status error = Refusal(settings);
    EXPECT_THAT(error.message(), HasSubstr(name));
    ASSERT_NE(ErrorDetail::Get(error), nullptr) << name;
    EXPECT_EQ(ErrorDetail::Get(error)->kind(), ErrorKind::kUnsupportedOperation) << name;
  };
  refused({{"fs.azure.account.auth.type", "Custom"}}, "Custom");
  refused(OAuth("UserPasswordTokenProvider", {}), "UserPasswordTokenProvider");
  refused(OAuth("RefreshTokenBasedTokenProvider", {}), "RefreshTokenBasedTokenProvider");
  refused(OAuth("MsiTokenProvider", {{"fs.azure.account.oauth2.msi.tenant", "t"}}), "msi.tenant");
  refused(OAuth("MsiTokenProvider", {{"fs.azure.account.oauth2.msi.endpoint", "http://e"}}),
          "msi.endpoint");
  refused(OAuth("ClientCredsTokenProvider", {{"fs.azure.account.oauth2.client.id", "id"},
                                             {"fs.azure.account.oauth2.client.secret", "hush"},
                                             {"fs.azure.account.oauth2.client.endpoint",
                                              "https://login.example/t/oauth2/token"}}),
          "client.endpoint");
  refused({{"fs.azure.account.keyprovider.acc.dfs.core.windows.net", "x"}},
          "fs.azure.account.keyprovider");
  for (const std::string name :
       {"fs.azure.sas.token.provider.type", "fs.azure.encryption.context.provider.type",
        "fs.azure.account.keyprovider", "fs.azure.bucket.box.account.key",
        "fs.azure.account.key.acc", "fs.azure.sas.container"}) {
    refused({{"fs.azure.account.key", kKey}, {name, "x"}}, name);
  }
}

TEST(AzureOptionsTest, WhatIsMissingOrWrongIsToldWithoutSecrets) {
  const auto told = [](const StoreSettings& settings, const std::string& name) {
    const Status error = Refusal(settings);
    EXPECT_THAT(error.message(), AllOf(HasSubstr(name), Not(HasSubstr("hush"))));
    ASSERT_NE(ErrorDetail::Get(error), nullptr) << name;
    EXPECT_EQ(ErrorDetail::Get(error)->kind(), ErrorKind::kIllegalArgument) << name;
  };
  told({}, "fs.azure.account.key");
  told({{"fs.azure.account.key", "hush"}, {"fs.azure.always.use.https", "yes"}},
       "fs.azure.always.use.https");
  told({{"fs.azure.account.key", "hush!"}}, "fs.azure.account.key");
  told({{"fs.azure.account.auth.type", "SAS"}}, "fs.azure.sas.fixed.token");
  told({{"fs.azure.account.auth.type", "OAuth"}}, "fs.azure.account.oauth.provider.type");
  told(OAuth("ClientCredsTokenProvider", {{"fs.azure.account.oauth2.client.secret", "hush"}}),
       "fs.azure.account.oauth2.client.id");
}

}  // namespace
}  // namespace headrace
