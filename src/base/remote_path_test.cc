#include "base/remote_path.h"

#include <gtest/gtest.h>

#include "base/file_system.h"

namespace headrace {
namespace {

TEST(RemotePathTest, SchemesOfStoresAreRemote) {
  for (const char* path : {"s3a://b/a", "s3://b", "gs://b/a"}) EXPECT_TRUE(IsRemote(path)) << path;
  for (const char* path : {"/s3a://b", "s3a:/b", "s3ab://b", "file:///a", "a/b", ""}) {
    EXPECT_FALSE(IsRemote(path)) << path;
  }
}

TEST(RemotePathTest, PartsOfAPath) {
  const RemotePath file = SplitRemotePath("s3a://bucket/a/b");
  EXPECT_EQ(file.scheme, "s3a");
  EXPECT_EQ(file.authority, "bucket");
  EXPECT_EQ(file.path, "/a/b");
  EXPECT_EQ(SplitRemotePath("s3a://bucket").path, "");
}

TEST(RemotePathTest, PathFunctionsKeepTheStore) {
  EXPECT_EQ(StripFileScheme("s3a://b/a b").ValueOrDie(), "s3a://b/a b");
  EXPECT_EQ(AbsolutePath("s3a://b/a/./c/../d//"), "s3a://b/a/d");
  EXPECT_EQ(AbsolutePath("s3a://b/.."), "s3a://b");
  EXPECT_EQ(AbsolutePath("s3a://b/"), "s3a://b");
  EXPECT_EQ(JoinPath("s3a://b", "a"), "s3a://b/a");
  EXPECT_EQ(DirectoryName("s3a://b/a/c"), "s3a://b/a");
  EXPECT_EQ(DirectoryName("s3a://b/a"), "s3a://b");
  EXPECT_EQ(DirectoryName("s3a://b"), "s3a://b");
  EXPECT_EQ(BaseName("s3a://b/a"), "a");
}

}  // namespace
}  // namespace headrace
