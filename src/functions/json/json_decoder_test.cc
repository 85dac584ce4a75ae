#include "functions/json/json_decoder.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include "functions/json/json_inference.h"
#include "functions/json/json_writer.h"
#include "types/value_text.h"

namespace headrace {
namespace {

JsonReadOptions Read(const std::map<std::string, std::string>& values = {}) {
  return JsonReadOptions::Parse(Options(values), TimeZone::Utc()).ValueOrDie();
}

std::unique_ptr<JsonDecoder> Decoder(const std::string& ddl, const JsonReadOptions& options) {
  return JsonDecoder::Make(ParseDdlType(ddl).ValueOrDie(), options).ValueOrDie();
}

// Text with the bytes that must be readable after it.
class Padded {
 public:
  explicit Padded(std::string text) : text_(std::move(text)), size_(text_.size()) {
    text_.append(kJsonPadding, '"');
  }
  std::string_view view() const { return std::string_view(text_).substr(0, size_); }

 private:
  std::string text_;
  size_t size_;
};

std::string Show(const arrow::Array& array) {
  std::string text;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (i > 0) text += " ";
    AppendValue(array, i, *TimeZone::Utc(), TextStyle::kShow, &text);
  }
  return text;
}

std::string Lines(JsonDecoder* decoder, const std::string& text) {
  const Padded padded(text);
  const Status status = decoder->AppendLines(padded.view());
  if (!status.ok()) return status.ToString();
  const auto rows = decoder->Finish().ValueOrDie();
  EXPECT_TRUE(rows->ValidateFull().ok()) << rows->ValidateFull().ToString();
  return Show(*rows);
}

TEST(JsonDecoderTest, LinesWithEveryKindOfLineEnd) {
  auto decoder = Decoder("a INT, b STRING", Read());
  EXPECT_EQ(Lines(decoder.get(),
                  "{\"a\":1,\"b\":\"x\"}\n\n  \n{\"b\":\"y\",\"a\":2}\r\n{\"a\":3}\r"
                  "{\"a\":4}"),
            "{1, x} {2, y} {3, NULL} {4, NULL}");
  EXPECT_EQ(Lines(decoder.get(), ""), "");
  EXPECT_EQ(Lines(decoder.get(), "\n\n"), "");
}

TEST(JsonDecoderTest, MalformedLinesDoNotSpoilTheirNeighbours) {
  const std::string text =
      "{\"a\":1}\n"
      "{\"a\":\"unclosed}\n"
      "{\"a\":2}\n"
      "{\"a\":3\n"
      "nonsense\n"
      "{\"a\":\"x\",\"b\":\"kept\"}\n"
      "{\"a\":4}\n";
  auto permissive = Decoder("a INT, b STRING, _corrupt_record STRING", Read());
  EXPECT_EQ(Lines(permissive.get(), text),
            "{1, NULL, NULL} {NULL, NULL, {\"a\":\"unclosed}} {2, NULL, NULL} "
            "{NULL, NULL, {\"a\":3} {NULL, NULL, nonsense} "
            "{NULL, kept, {\"a\":\"x\",\"b\":\"kept\"}} {4, NULL, NULL}");

  auto dropping = Decoder("a INT, b STRING", Read({{"mode", "dropMalformed"}}));
  const Padded padded(text);
  ASSERT_TRUE(dropping->AppendLines(padded.view()).ok());
  EXPECT_EQ(dropping->malformed_count(), 4);
  ASSERT_EQ(dropping->malformed().size(), 4u);
  EXPECT_EQ(dropping->malformed()[0].line, 1);
  EXPECT_EQ(dropping->malformed()[3].line, 5);
  EXPECT_EQ(Show(*dropping->Finish().ValueOrDie()), "{1, NULL} {2, NULL} {4, NULL}");
  EXPECT_EQ(dropping->malformed_count(), 0);

  auto failing = Decoder("a INT", Read({{"mode", "FAILFAST"}}));
  const Status status = failing->AppendLines(padded.view());
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->condition(),
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
}

TEST(JsonDecoderTest, ManyLinesOfWhichSomeAreMalformed) {
  std::string text, expected;
  for (int i = 0; i < 20000; ++i) {
    if (i % 997 == 5) {
      text += "{\"id\":" + std::to_string(i) + ",\"name\":\"half\n";
      expected += " {NULL, NULL}";
    } else if (i % 499 == 7) {
      text += "{'id':" + std::to_string(i) + ",'name':'a\"b, {c'}\n";
      expected += " {" + std::to_string(i) + ", a\"b, {c}";
    } else {
      text += "{\"id\":" + std::to_string(i) + ",\"other\":[1,{\"x\":null}],\"name\":\"n\\u0041" +
              std::to_string(i) + "\"}\n";
      expected += " {" + std::to_string(i) + ", nA" + std::to_string(i) + "}";
    }
  }
  auto decoder = Decoder("id BIGINT, name STRING", Read());
  EXPECT_EQ(Lines(decoder.get(), text), expected.substr(1));
}

TEST(JsonDecoderTest, RowsOfArraysAtTheTop) {
  JsonReadOptions options = Read();
  options.array_as_rows = true;
  auto decoder = Decoder("a INT", options);
  EXPECT_EQ(Lines(decoder.get(), "[{\"a\":1},{\"a\":2}]\n[]\n{\"a\":3}\n[{\"a\":4},5]\n"),
            "{1} {2} {3} {NULL}");
}

TEST(JsonDecoderTest, StringsOneByOneWhateverTheirNeighboursHold) {
  arrow::StringBuilder builder;
  const std::vector<const char*> texts = {
      "{\"a\":1}", nullptr,       "",          "{\"a\":2} \"open",
      "{\"a\":3}", "{\"b\":\"x}", "{\"a\":4}", "{\"b\":\"y}",
      "{\"a\":5}", " ",           "5",         "6",
      "{\"a\":7}"};
  for (const char* text : texts) {
    ASSERT_TRUE((text == nullptr ? builder.AppendNull() : builder.Append(text)).ok());
  }
  std::shared_ptr<arrow::Array> array;
  ASSERT_TRUE(builder.Finish(&array).ok());
  auto decoder = Decoder("a INT", Read());
  const std::string expected = "{1} NULL NULL {2} {3} {NULL} {4} {NULL} {5} NULL {NULL} {NULL} {7}";
  const auto& strings = static_cast<const arrow::StringArray&>(*array);
  EXPECT_EQ(Show(*decoder->DecodeStrings(strings).ValueOrDie()), expected);
  // A second batch on the same decoder, and a slice.
  EXPECT_EQ(Show(*decoder->DecodeStrings(strings).ValueOrDie()), expected);
  const auto sliced = array->Slice(3, 4);
  EXPECT_EQ(
      Show(*decoder->DecodeStrings(static_cast<const arrow::StringArray&>(*sliced)).ValueOrDie()),
      "{2} {3} {NULL} {4}");
}

TEST(JsonDecoderTest, KeysInAnyOrderAndAgain) {
  auto decoder = Decoder("a INT, b STRUCT<c: INT, d: ARRAY<INT>>, e STRING", Read());
  EXPECT_EQ(Lines(decoder.get(),
                  "{\"a\":1,\"b\":{\"c\":2,\"d\":[3]},\"e\":\"x\"}\n"
                  "{\"e\":\"y\",\"b\":{\"d\":[],\"c\":5},\"a\":6}\n"
                  "{\"\\u0061\":7,\"a\":8,\"e\":\"p\",\"e\":\"q\"}\n"
                  "{\"b\":{\"c\":1,\"d\":[1,2]},\"b\":{\"c\":\"bad\"},\"a\":1,\"a\":\"bad\"}\n"),
            "{1, {2, [3]}, x} {6, {5, []}, y} {8, NULL, q} {1, {NULL, NULL}, NULL}");
}

TEST(JsonDecoderTest, OneDocumentOverManyLines) {
  JsonReadOptions options = Read({{"multiLine", "true"}});
  options.array_as_rows = true;
  auto decoder = Decoder("a INT", options);
  ASSERT_TRUE(decoder->AppendDocument("[\n {\"a\": 1},\n {\"a\":\n 2}\n]\n").ok());
  EXPECT_EQ(decoder->rows(), 2);
  EXPECT_EQ(Show(*decoder->Finish().ValueOrDie()), "{1} {2}");
}

TEST(JsonDecoderTest, InvalidUtf8IsMalformed) {
  auto decoder = Decoder("a STRING", Read());
  EXPECT_EQ(Lines(decoder.get(), "{\"a\":\"ok\"}\n{\"a\":\"\xC3\x28\"}\n{\"a\":\"é\"}\n"),
            "{ok} {NULL} {é}");
}

TEST(JsonDecoderTest, RefusesWhatItCanNotDo) {
  EXPECT_FALSE(JsonDecoder::Make(arrow::int32(), Read()).ok());
  EXPECT_FALSE(
      JsonDecoder::Make(arrow::struct_({arrow::field("m", MapOf(arrow::int32(), arrow::utf8()))}),
                        Read())
          .ok());
  EXPECT_FALSE(
      JsonReadOptions::Parse(Options(std::map<std::string, std::string>{{"encoding", "UTF-16"}}),
                             TimeZone::Utc())
          .ok());
  EXPECT_FALSE(
      JsonReadOptions::Parse(
          Options(std::map<std::string, std::string>{{"allowComments", "maybe"}}), TimeZone::Utc())
          .ok());
}

TEST(JsonWriterTest, LinesRoundTrip) {
  const std::string text =
      "{\"a\":1,\"b\":\"x\\\"\\n\\u0001é\",\"c\":[1.5,null],\"d\":{\"k\":null},"
      "\"t\":\"2024-01-01T00:00:00.123Z\"}\n{}\n";
  auto decoder =
      Decoder("a INT, b STRING, c ARRAY<DOUBLE>, d MAP<STRING, STRING>, t TIMESTAMP", Read());
  const Padded padded(text);
  ASSERT_TRUE(decoder->AppendLines(padded.view()).ok());
  const auto rows = decoder->Finish().ValueOrDie();
  const auto options = JsonWriteOptions::Parse(Options(), TimeZone::Utc()).ValueOrDie();
  const auto writer = JsonWriter::Make(rows->type(), options).ValueOrDie();
  std::string written;
  ASSERT_TRUE(writer->AppendLines(*rows, &written).ok());
  EXPECT_EQ(written, text);
}

TEST(JsonInferenceTest, MergesWhatRecordsHold) {
  JsonReadOptions options = Read();
  options.array_as_rows = true;
  JsonInference inference(options);
  EXPECT_TRUE(inference.Add(R"({"b":1,"a":"x","n":null})"));
  EXPECT_TRUE(inference.Add(R"({"b":1.5,"c":[{"d":true}]})"));
  EXPECT_TRUE(inference.Add(R"([{"c":[{"e":1}]}, {"b":2}])"));
  EXPECT_FALSE(inference.Add("broken"));
  EXPECT_EQ(SchemaToDdl(*inference.FinishSchema()),
            "_corrupt_record STRING,a STRING,b DOUBLE,c ARRAY<STRUCT<d: BOOLEAN, e: BIGINT>>,"
            "n STRING");
}

}  // namespace
}  // namespace headrace
