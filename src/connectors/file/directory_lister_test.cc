#include "connectors/file/directory_lister.h"

#include "connectors/file/file_path.h"
#include "connectors/file/file_test_support.h"
#include "connectors/file/seen_files.h"

namespace headrace {
namespace {

using Names = std::vector<std::string>;

Names NamesOf(const std::vector<DataFile>& files, const std::string& root) {
  Names names;
  for (const auto& file : files) names.push_back(file.path.substr(root.size() + 1));
  return names;
}

TEST(DirectoryLister, PassesOverHiddenFilesAndDirectories) {
  const ScratchDirectory directory;
  for (const char* name : {"a.json", "_SUCCESS", ".a.json.crc", "b.json._COPYING_", "_t/c.json",
                           ".d/e.json", "_k=1/f.json", "sub/g.json"}) {
    PutFile(directory / name, "x");
  }
  DirectoryLister lister({directory.path()}, {}, FileSystem::Local());
  ASSERT_OK_AND_ASSIGN(const auto files, lister.ListChanged());
  EXPECT_EQ(NamesOf(files, directory.path()), (Names{"a.json", "_k=1/f.json"}));
}

TEST(DirectoryLister, SelectsByNameAndTime) {
  const ScratchDirectory directory;
  PutFile(directory / "a.json", "x", 1000);
  PutFile(directory / "b.json", "x", 2000);
  PutFile(directory / "c.csv", "x", 2000);
  FileSelection selection;
  selection.name_pattern = "*.json";
  DirectoryLister by_name({directory.path()}, selection, FileSystem::Local());
  ASSERT_OK_AND_ASSIGN(auto files, by_name.ListChanged());
  EXPECT_EQ(NamesOf(files, directory.path()), (Names{"a.json", "b.json"}));
  selection.modified_after_us = 1000 * int64_t{1000000};
  DirectoryLister by_time({directory.path()}, selection, FileSystem::Local());
  ASSERT_OK_AND_ASSIGN(files, by_time.ListChanged());
  EXPECT_EQ(NamesOf(files, directory.path()), Names{"b.json"});
}

TEST(DirectoryLister, ExpandsGlobs) {
  const ScratchDirectory directory;
  for (const char* name : {"x1/a.json", "x2/a.json", "y/a.json", "_x3/a.json", "x4"}) {
    PutFile(directory / name, "x");
  }
  ASSERT_OK_AND_ASSIGN(auto paths, ExpandGlob(directory / "x*", FileSystem::Local().get()));
  EXPECT_EQ(paths, (Names{directory / "x1", directory / "x2", directory / "x4"}));
  ASSERT_OK_AND_ASSIGN(paths, ExpandGlob(directory / "{x[2-9],y}/*", FileSystem::Local().get()));
  EXPECT_EQ(paths, (Names{directory / "x2/a.json", directory / "y/a.json"}));
  ASSERT_OK_AND_ASSIGN(paths, ExpandGlob(directory / "*", FileSystem::Local().get()));
  EXPECT_EQ(paths.size(), 4u);
}

TEST(DirectoryLister, QuietDirectoriesAreNotReadAgain) {
  const ScratchDirectory directory;
  PutFile(directory / "k=1/a.json", "x");
  PutFile(directory / "k=2/b.json", "x");
  const auto age = [&](const std::string& path) {
    const timespec times[2] = {{1600000000, 500000000}, {1600000000, 500000000}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  };
  for (const std::string path : {directory.path(), directory / "k=1", directory / "k=2"}) age(path);
  DirectoryLister lister({directory.path()}, {}, FileSystem::Local());
  ASSERT_OK_AND_ASSIGN(auto files, lister.ListChanged());
  EXPECT_EQ(files.size(), 2u);
  ASSERT_OK_AND_ASSIGN(files, lister.ListChanged());
  EXPECT_EQ(files.size(), 0u);
  // Only the directory with something new is read.
  PutFile(directory / "k=2/c.json", "x");
  ASSERT_OK_AND_ASSIGN(files, lister.ListChanged());
  EXPECT_EQ(NamesOf(files, directory.path()), (Names{"k=2/b.json", "k=2/c.json"}));
  // It has changed just now, so it may change again under the same time.
  ASSERT_OK_AND_ASSIGN(files, lister.ListChanged());
  EXPECT_EQ(files.size(), 2u);
}

TEST(DirectoryLister, KnownFilesAreNotListedAgain) {
  const ScratchDirectory directory;
  PutFile(directory / "a.json", "x");
  PutFile(directory / "b.json", "x");
  DirectoryLister lister({directory.path()}, {}, FileSystem::Local());
  ASSERT_OK_AND_ASSIGN(const auto files, lister.ListChanged([&](const std::string& path) {
    return path == directory / "a.json";
  }));
  EXPECT_EQ(NamesOf(files, directory.path()), Names{"b.json"});
}

TEST(DirectoryLister, LooksAtFilesByTheSameRules) {
  const ScratchDirectory directory;
  PutFile(directory / "in/k=1/a.json", "x");
  PutFile(directory / "other/a.json", "x");
  FileSelection selection;
  selection.name_pattern = "*.json";
  DirectoryLister lister({directory / "in"}, selection, FileSystem::Local());
  ASSERT_OK(lister.ListChanged().status());
  for (const char* name : {"k=1/b.json", "k=1/_c.json", "k=1/d.csv", "e.json", "new/f.json"}) {
    PutFile(directory / (std::string("in/") + name), "x");
  }
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      lister.Look({directory / "in/k=1/b.json", directory / "in/k=1/_c.json",
                   directory / "in/k=1/d.csv", directory / "in/e.json", directory / "in/new/f.json",
                   directory / "in/k=1/gone.json", directory / "other/a.json"}));
  EXPECT_EQ(NamesOf(files, directory / "in"), (Names{"e.json", "k=1/b.json"}));
  for (const auto& file : files) EXPECT_EQ(file.base_path, directory / "in");
}

TEST(FilePath, UrisAndBack) {
  const std::string path = "/in/b c%é\"<>^`{|}\\x+y&z=1,;@!'()~[]#?.json";
  EXPECT_EQ(FileUri(path),
            "file:///in/b%20c%25é%22%3C%3E%5E%60%7B%7C%7D%5Cx+y&z=1,;@!'()~%5B%5D%23%3F.json");
  ASSERT_OK_AND_ASSIGN(const auto back, PathOfFileUri(FileUri(path)));
  EXPECT_EQ(back, path);
  const std::string no_text = "/in/\xFF\xFEx";
  EXPECT_EQ(FileUri(no_text), "file:///in/%FF%FEx");
  ASSERT_OK_AND_ASSIGN(const auto bytes, PathOfFileUri(FileUri(no_text)));
  EXPECT_EQ(bytes, no_text);
}

TEST(SeenFiles, ForgetsOldFilesWithoutTakingThemForNew) {
  SeenFiles seen(100, false);
  seen.Add("/a", 1000);
  seen.Add("/b", 1050);
  seen.Purge();
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_FALSE(seen.IsNew("/a", 1000));
  EXPECT_TRUE(seen.IsNew("/c", 950));
  EXPECT_FALSE(seen.IsNew("/c", 949));
  seen.Add("/d", 1120);
  seen.Purge();
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_FALSE(seen.IsNew("/a", 1000));
  EXPECT_FALSE(seen.IsNew("/b", 1050));
}

}  // namespace
}  // namespace headrace
