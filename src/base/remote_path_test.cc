#include "base/remote_path.h"

#include <gtest/gtest.h>

#include "base/file_system.h"

namespace headrace {
namespace {

TEST(RemotePathTest, SchemesOfStoresAreRemote) {
  for (const char* path : {"s3a://b/a", "s3://b", "gs://b/a", "abfs://c@a.dfs.core.windows.net/x",
                           "abfss://c@h", "wasb://c@h", "wasbs://c@h/x"}) {
    EXPECT_TRUE(IsRemote(path)) << path;
    EXPECT_EQ(IsAzure(path), path[0] == 'a' || path[0] == 'w') << path;
  }
  for (const char* path :
       {"/s3a://b", "s3a:/b", "s3ab://b", "hdfs://h/a", "abfsx://c@h", "file:///a", "a/b", ""}) {
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

TEST(RemotePathTest, AContainerIsNoSecret) {
  for (const char* path : {"s3a://b/a@b:c", "abfss://c@a.dfs.core.windows.net/x",
                           "abfs://c@localhost:10000/x/y@z", "abfs://c/x", "wasb://h:1/x"}) {
    EXPECT_FALSE(HoldsCredentials(path)) << path;
  }
  for (const char* path : {"s3a://key:secret@b/a", "s3a://key@b", "gs://b:1/x",
                           "abfss://c:secret@a.dfs.core.windows.net/x", "wasb://key:sec/ret@h/x",
                           "abfs://user@c@h/x"}) {
    EXPECT_TRUE(HoldsCredentials(path)) << path;
  }
  EXPECT_EQ(StripFileScheme("abfss://c@h.dfs.core.windows.net/x").ValueOrDie(),
            "abfss://c@h.dfs.core.windows.net/x");
}

TEST(RemotePathTest, PathFunctionsKeepTheStore) {
  const std::string container = "abfs://c@localhost:10000";
  EXPECT_EQ(AbsolutePath(container + "/a//b/../c/"), container + "/a/c");
  EXPECT_EQ(DirectoryName(container + "/a"), container);
  EXPECT_EQ(JoinPath(container, "a"), container + "/a");

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
