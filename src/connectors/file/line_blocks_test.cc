#include "connectors/file/line_blocks.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

#include "connectors/file/file_test_support.h"

namespace headrace {
namespace {

Result<std::string> ReadSlices(const std::string& path, int64_t step) {
  const int64_t size = static_cast<int64_t>(std::filesystem::file_size(path));
  const auto file = std::make_shared<DataFile>(DataFile{path, "", size, 0});
  std::string all;
  LineBlocks blocks;
  for (int64_t offset = 0; offset < size; offset += step) {
    ARROW_RETURN_NOT_OK(blocks.Open({file, offset, std::min(step, size - offset)}));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto block, blocks.Next());
      if (block.empty()) break;
      all += block;
    }
  }
  return all;
}

TEST(LineBlocks, EveryLineIsInExactlyOneSlice) {
  const ScratchDirectory directory;
  for (const std::string content :
       {"a\nbb\n\nccc\n", "a\nbb\n\nccc", "no end", "\n", "\n\n\n", "x\r\ny\r\n"}) {
    PutFile(directory / "f", content);
    for (int64_t step = 1; step <= static_cast<int64_t>(content.size()); ++step) {
      ASSERT_OK_AND_ASSIGN(const auto all, ReadSlices(directory / "f", step));
      EXPECT_EQ(all, content) << step;
    }
  }
}

TEST(LineBlocks, LinesLongerThanABlockAreWhole) {
  const ScratchDirectory directory;
  std::string content;
  for (int i = 0; i < 5; ++i) content += std::string(700000 + i, static_cast<char>('a' + i)) + "\n";
  for (int i = 0; i < 100000; ++i) content += std::to_string(i) + "\n";
  PutFile(directory / "f", content);
  for (const int64_t step : {int64_t{1000000}, int64_t{300000}, int64_t{65536 * 64}}) {
    ASSERT_OK_AND_ASSIGN(const auto all, ReadSlices(directory / "f", step));
    EXPECT_TRUE(all == content) << step;
  }
}

TEST(LineBlocks, BlocksEndWithLines) {
  const ScratchDirectory directory;
  std::string content;
  for (int i = 0; i < 300000; ++i) content += std::to_string(i) + "\n";
  PutFile(directory / "f", content);
  LineBlocks blocks;
  const auto size = static_cast<int64_t>(content.size());
  ASSERT_OK(
      blocks.Open({std::make_shared<DataFile>(DataFile{directory / "f", "", size, 0}), 0, size}));
  int count = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto block, blocks.Next());
    if (block.empty()) break;
    ++count;
    ASSERT_EQ(block.back(), '\n');
  }
  EXPECT_GT(count, 2);
}

TEST(LineBlocks, TakesOffTheByteOrderMarkAndDecompresses) {
  const ScratchDirectory directory;
  PutFile(directory / "f",
          "\xEF\xBB\xBF"
          "a\nb\n");
  ASSERT_OK_AND_ASSIGN(auto all, ReadSlices(directory / "f", 100));
  EXPECT_EQ(all, "a\nb\n");
  {
    ASSERT_OK_AND_ASSIGN(const auto codec, arrow::util::Codec::Create(arrow::Compression::GZIP));
    ASSERT_OK_AND_ASSIGN(const auto file, arrow::io::FileOutputStream::Open(directory / "f.gz"));
    ASSERT_OK_AND_ASSIGN(const auto stream,
                         arrow::io::CompressedOutputStream::Make(codec.get(), file));
    ASSERT_OK(stream->Write("a\nb\n"));
    ASSERT_OK(stream->Close());
  }
  ASSERT_OK_AND_ASSIGN(all, ReadSlices(directory / "f.gz", 1000));
  EXPECT_EQ(all, "a\nb\n");
  PutFile(directory / "g.gz", "this is not gzip");
  EXPECT_FALSE(ReadSlices(directory / "g.gz", 1000).ok());
  PutFile(directory / "h.lz4", "x");
  EXPECT_FALSE(ReadSlices(directory / "h.lz4", 1000).ok());
}

}  // namespace
}  // namespace headrace
