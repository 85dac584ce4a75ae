#include "storage/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/java_error.h"
#include "base/memory_file_system.h"
#include "storage/setting_reader.h"
#include "storage/store_error.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StorageTest, SettingsComeFromTheSession) {
  EXPECT_EQ(StoreSettingsOf({{"spark.hadoop.fs.s3a.endpoint", "a"},
                             {"fs.s3a.access.key", "k"},
                             {"spark.sql.ansi.enabled", "true"}}),
            (StoreSettings{{"fs.s3a.endpoint", "a"}, {"fs.s3a.access.key", "k"}}));
  EXPECT_EQ(StoreSettingsOf({{"spark.hadoop.fs.s3a.endpoint", "a"}, {"fs.s3a.endpoint", "b"}}),
            (StoreSettings{{"fs.s3a.endpoint", "b"}}));
}

TEST(StorageTest, LocalPathsGoToTheLocalFileSystem) {
  const auto local = std::make_shared<MemoryFileSystem>();
  const auto storage = MakeStorage(local, [] { return StoreSettings(); });
  ASSERT_TRUE(storage->CreateDirectories("/d").ok());
  ASSERT_TRUE(storage->WriteFile("/d/f", "x").ok());
  EXPECT_EQ(local->ReadFile("/d/f").ValueOrDie(), "x");
  EXPECT_EQ(WithStoreOptions(storage, Options(std::map<std::string, std::string>{{"a", "b"}})),
            storage);
  EXPECT_EQ(WithStoreOptions(local, Options(std::map<std::string, std::string>{{"fs.s3a.x", "b"}})),
            local);
}

Status Open(StoreSettings settings) {
  const auto storage = MakeStorage(FileSystem::Local(), [settings] { return settings; });
  return storage->Exists("s3a://bucket/x").status();
}

TEST(StorageTest, SettingsThatAreNotKnownAreRefusedByName) {
  const Status refused = Open({{"fs.s3a.encryption.algorithm", "SSE-KMS"}});
  EXPECT_THAT(refused.message(), HasSubstr("fs.s3a.encryption.algorithm"));
  EXPECT_EQ(ErrorDetail::Get(refused)->kind(), ErrorKind::kUnsupportedOperation);
  EXPECT_THAT(Open({{"fs.s3a.bucket.bucket.encryption.key", "k"}}).message(),
              HasSubstr("fs.s3a.bucket.bucket.encryption.key"));
  EXPECT_THAT(Open({{"fs.s3a.aws.credentials.provider", "com.example.Mine"}}).message(),
              HasSubstr("com.example.Mine"));
  const Status bad = Open({{"fs.s3a.connection.ssl.enabled", "yes"}});
  EXPECT_EQ(ErrorDetail::Get(bad)->kind(), ErrorKind::kIllegalArgument);
  const Status half = Open({{"fs.s3a.access.key", "AKIDHIDDEN"}});
  EXPECT_THAT(half.message(), HasSubstr("fs.s3a.secret.key"));
  EXPECT_THAT(half.message(), Not(HasSubstr("AKIDHIDDEN")));
}

TEST(StorageTest, OldNamesOfGooglesSettingsAreRefused) {
  const auto storage = MakeStorage(FileSystem::Local(), [] {
    return StoreSettingsOf({{"spark.hadoop.google.cloud.auth.type", "UNAUTHENTICATED"}});
  });
  EXPECT_THAT(storage->Exists("gs://bucket/x").status().message(),
              HasSubstr("google.cloud.auth.type"));
}

TEST(StorageTest, EndpointsAreHostsOrUrlsOfHttp) {
  std::string scheme = "https";
  EXPECT_EQ(HostOf("k", "host:1", &scheme).ValueOrDie(), "host:1");
  EXPECT_EQ(scheme, "https");
  EXPECT_EQ(HostOf("k", "http://host:1//", &scheme).ValueOrDie(), "host:1");
  EXPECT_EQ(scheme, "http");
  for (const auto& [place, key] :
       {std::pair("s3a://b/a", "fs.s3a.endpoint"), std::pair("gs://b/a", "fs.gs.storage.root.url"),
        std::pair("abfs://c@a/x", "fs.azure.abfs.endpoint")}) {
    const auto storage = MakeStorage(FileSystem::Local(), [key = key] {
      return StoreSettings{{key, "ftp://host"}};
    });
    EXPECT_THAT(storage->Exists(place).status().message(), HasSubstr(key)) << place;
  }
}

TEST(StorageTest, ABucketsOwnSettingsGoBeforeThoseOfAll) {
  const StoreSettings settings = {{"fs.s3a.endpoint", "all"},
                                  {"fs.s3a.bucket.b.endpoint", "own"},
                                  {"fs.s3a.bucket.c.unheard.of", "x"},
                                  {"fs.s3a.path.style.access", " true "}};
  const SettingReader own(settings, "fs.s3a.", "b");
  EXPECT_EQ(own.Get("endpoint"), "own");
  EXPECT_TRUE(own.GetBool("path.style.access", false).ValueOrDie());
  EXPECT_TRUE(own.Check({"endpoint", "path.style.access"}, {}).ok());
  const SettingReader other(settings, "fs.s3a.", "c");
  EXPECT_EQ(other.Get("endpoint"), "all");
  EXPECT_THAT(other.Check({"endpoint", "path.style.access"}, {}).message(),
              HasSubstr("fs.s3a.bucket.c.unheard.of"));
}

TEST(StorageTest, ErrorsBearTheClassesOfHadoop) {
  const auto class_of = [](const std::string& said) {
    const Status error = StoreError(Status::IOError(said), "read", "s3a://b/a");
    EXPECT_THAT(error.message(), HasSubstr("s3a://b/a"));
    return *JavaClassOf(error);
  };
  EXPECT_EQ(class_of("AWS Error ACCESS_DENIED during HeadObject operation: No response body."),
            "java.nio.file.AccessDeniedException");
  EXPECT_EQ(class_of("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation"),
            "org.apache.hadoop.fs.s3a.UnknownStoreException");
  EXPECT_EQ(class_of("AWS Error NETWORK_CONNECTION during HeadObject operation"),
            "java.io.IOException");
  EXPECT_EQ(class_of("GetProperties failed. Azure Error: [AuthenticationFailed] 403 Server failed"),
            "java.nio.file.AccessDeniedException");
  EXPECT_EQ(class_of("AuthenticationException: GetToken(): error response: 401 Unauthorized"),
            "java.nio.file.AccessDeniedException");
  EXPECT_EQ(class_of("AuthenticationException: GetToken(): Fail to get a new connection for: x"),
            "java.io.IOException");
  const Status absent = StoreError(Status::IOError("Azure Error: [ContainerNotFound] 404"), "read",
                                   "abfs://c@acc.dfs.core.windows.net/a");
  EXPECT_EQ(*JavaClassOf(absent), "java.io.FileNotFoundException");
  EXPECT_EQ(StoreError(absent, "list", "abfs://c@h/b").message(), absent.message());
}

TEST(StorageTest, ErrorsHideTheSignaturesOfAddresses) {
  const Status error = StoreError(
      Status::IOError(
          "copy failed. (https://a.blob.host/c/x?sv=1&sig=hush -> 'https://h/y?sig=hush' "
          "of 'c/z?'). Why?"),
      "read", "abfs://c@a.dfs.host/x");
  EXPECT_THAT(error.message(),
              HasSubstr("(https://a.blob.host/c/x -> 'https://h/y' of 'c/z?'). Why?"));
}

}  // namespace
}  // namespace headrace
