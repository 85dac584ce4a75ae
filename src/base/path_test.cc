#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_system.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

TEST(PathTest, Parts) {
  EXPECT_EQ(JoinPath("/a", "b"), "/a/b");
  EXPECT_EQ(JoinPath("/a/", "b"), "/a/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(BaseName("/a/b"), "b");
  EXPECT_EQ(BaseName("/a/b/"), "b");
  EXPECT_EQ(BaseName("b"), "b");
  EXPECT_EQ(DirectoryName("/a/b"), "/a");
  EXPECT_EQ(DirectoryName("/a"), "/");
  EXPECT_EQ(DirectoryName("a"), ".");
}

TEST(PathTest, AbsolutePaths) {
  EXPECT_EQ(AbsolutePath("/a/./b//../c/"), "/a/c");
  EXPECT_EQ(AbsolutePath("/.."), "/");
  EXPECT_EQ(AbsolutePath("/"), "/");
  EXPECT_TRUE(AbsolutePath("a").ends_with("/a"));
  EXPECT_TRUE(AbsolutePath("a").starts_with("/"));
}

TEST(PathTest, FileScheme) {
  EXPECT_EQ(StripFileScheme("/a b").ValueOrDie(), "/a b");
  EXPECT_EQ(StripFileScheme("file:/a").ValueOrDie(), "/a");
  EXPECT_EQ(StripFileScheme("file:///a").ValueOrDie(), "/a");
  EXPECT_EQ(StripFileScheme("a/b:c").ValueOrDie(), "a/b:c");
  EXPECT_THAT(StripFileScheme("hdfs://host/x").status().message(), HasSubstr("'hdfs'"));
  for (const std::string scheme : {"s3a", "wasb", "hdfs"}) {
    const std::string refusal =
        StripFileScheme(scheme + "://key:sec/ret@bucket/x").status().message();
    EXPECT_THAT(refusal, HasSubstr("'" + scheme + "://bucket/x'"));
    EXPECT_THAT(refusal, Not(HasSubstr("ret@")));
  }
  EXPECT_THAT(StripFileScheme("hdfs://user@host/x").status().message(),
              HasSubstr("'hdfs://user@host/x'"));
  EXPECT_THAT(StripFileScheme("file://host/x").status().message(), HasSubstr("'host'"));
}

TEST(PathTest, Globs) {
  EXPECT_TRUE(GlobMatch("*.json", "a.json"));
  EXPECT_FALSE(GlobMatch("*.json", "a.json.gz"));
  EXPECT_TRUE(GlobMatch("part-?", "part-1"));
  EXPECT_FALSE(GlobMatch("part-?", "part-"));
  EXPECT_TRUE(GlobMatch("[a-c]x", "bx"));
  EXPECT_FALSE(GlobMatch("[^a-c]x", "bx"));
  EXPECT_TRUE(GlobMatch("[]]", "]"));
  EXPECT_TRUE(GlobMatch("{a,b{c,d}}*", "bd1"));
  EXPECT_FALSE(GlobMatch("{a,b{c,d}}", "b"));
  EXPECT_TRUE(GlobMatch("\\*", "*"));
  EXPECT_FALSE(GlobMatch("\\*", "x"));
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_TRUE(GlobMatch("a**b*c", "axxbyyc"));
}

}  // namespace
}  // namespace headrace
