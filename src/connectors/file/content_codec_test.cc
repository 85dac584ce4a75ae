#include "connectors/file/content_codec.h"

#include <arrow/io/file.h>

#include "connectors/file/file_test_support.h"
#include "connectors/file/line_blocks.h"

namespace headrace {
namespace {

std::string LongText() {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "line " + std::to_string(i * 7919 % 100003) + "\n";
  return text;
}

TEST(ContentCodec, WhatIsWrittenIsRead) {
  const ScratchDirectory directory;
  for (const std::string name : {"none", "gzip", "bzip2", "deflate", "lz4", "snappy",
                                 "org.apache.hadoop.io.compress.SnappyCodec"}) {
    for (const std::string& text : {std::string(), std::string("a\n"), LongText()}) {
      Options options;
      options.Set("compression", name);
      ASSERT_OK_AND_ASSIGN(const auto codec, ContentCodecOfOptions(options));
      const std::string path = directory / ("file" + ExtensionOf(codec));
      ASSERT_OK_AND_ASSIGN(auto file, arrow::io::FileOutputStream::Open(path));
      ASSERT_OK_AND_ASSIGN(const auto output, Compress(codec, file));
      ASSERT_OK(output->Write(text));
      ASSERT_OK(output->Close());
      ASSERT_OK_AND_ASSIGN(const auto content, ReadContent(nullptr, path));
      EXPECT_EQ(content, text) << name;
      EXPECT_EQ(IsCompressedName(path), name != "none");
    }
  }
}

// `printf 'a\nb\n'` through Hadoop's SnappyCodec and Lz4Codec.
TEST(ContentCodec, ReadsTheFramingOfHadoop) {
  const ScratchDirectory directory;
  PutFile(directory / "a.snappy", std::string("\0\0\0\x04\0\0\0\x06\x04\x0c"
                                              "a\nb\n",
                                              14));
  ASSERT_OK_AND_ASSIGN(const auto snappy, ReadContent(nullptr, directory / "a.snappy"));
  EXPECT_EQ(snappy, "a\nb\n");
  PutFile(directory / "a.lz4", std::string("\0\0\0\x04\0\0\0\x05\x40"
                                           "a\nb\n",
                                           13));
  ASSERT_OK_AND_ASSIGN(const auto lz4, ReadContent(nullptr, directory / "a.lz4"));
  EXPECT_EQ(lz4, "a\nb\n");
  PutFile(directory / "b.lz4", std::string("\0\0\0\x04\0\0\0\x05\x40"
                                           "a\n",
                                           11));
  EXPECT_FALSE(ReadContent(nullptr, directory / "b.lz4").ok());
}

TEST(ContentCodec, UnknownNamesTellTheKnownOnes) {
  Options options;
  options.Set("compression", "zstd");
  const auto codec = ContentCodecOfOptions(options);
  ASSERT_FALSE(codec.ok());
  EXPECT_EQ(ErrorDetail::Get(codec.status())->condition(),
            "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION");
}

}  // namespace
}  // namespace headrace
