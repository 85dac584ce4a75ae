#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functions/avro/avro_bytes.h"
#include "functions/avro/avro_decoder.h"
#include "functions/avro/avro_encoder.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

AvroSchemaPtr Parsed(const std::string& json) {
  auto schema = AvroSchema::Parse(json);
  EXPECT_TRUE(schema.ok()) << schema.status().ToString();
  return schema.ok() ? *schema : nullptr;
}

std::string TypeOf(const std::string& json, const AvroTypeOptions& options = {}) {
  const auto schema = Parsed(json);
  const auto field = SparkTypeOf(schema->root(), options);
  return field.ok() ? SimpleString(*(*field)->type()) + ((*field)->nullable() ? "?" : "")
                    : field.status().message();
}

// What bytes that were written by one schema are to a reader by another.
std::string Decoded(const std::string& written, const std::string& bytes,
                    const std::string& wanted = "", const std::string& target = "") {
  const auto from = Parsed(written);
  const auto to = wanted.empty() ? from : Parsed(wanted);
  DataTypePtr type;
  if (target.empty()) {
    type = (*SparkTypeOf(to->root(), {}))->type();
  } else {
    type = *ParseDdlType(target);
  }
  const auto decoder = AvroDecoder::Make(from, to, type, {});
  if (!decoder.ok()) return decoder.status().message();
  const auto used = (*decoder)->Append(bytes);
  if (!used.ok()) {
    EXPECT_EQ((*decoder)->rows(), 0);
    return "malformed";
  }
  const auto rows = (*decoder)->Finish();
  const auto text = (*rows)->GetScalar(0);
  return (*text)->ToString() + (*used == bytes.size() ? "" : " and more");
}

TEST(Avro, WritesTheBytesOfTheSpecification) {
  const std::pair<int64_t, std::string> numbers[] = {
      {0, std::string(1, '\0')},
      {-1, "\x01"},
      {1, "\x02"},
      {-64, "\x7f"},
      {64, "\x80\x01"},
      {INT64_MIN, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}};
  for (const auto& [number, bytes] : numbers) {
    std::string out;
    AppendAvroLong(number, &out);
    EXPECT_EQ(out, bytes);
    AvroCursor cursor{out.data(), out.data() + out.size()};
    int64_t read = 0;
    EXPECT_TRUE(cursor.ReadLong(&read));
    EXPECT_EQ(read, number);
  }
  EXPECT_EQ(Decoded("\"string\"",
                    "\x06"
                    "foo"),
            "foo");
  // {"a": 27, "b": "foo"}
  const std::string record =
      R"({"type":"record","name":"test","fields":[{"name":"a","type":"long"},
          {"name":"b","type":"string"}]})";
  EXPECT_EQ(Decoded(record,
                    "\x36\x06"
                    "foo"),
            "{a:int64 = 27, b:string = foo}");
  // [3, 27]
  EXPECT_EQ(Decoded(R"({"type":"array","items":"long"})", std::string("\x04\x06\x36\x00", 4)),
            "list<element: int64 not null>[3, 27]");
}

TEST(Avro, TypesAreThoseThatSparkGivesThem) {
  EXPECT_EQ(TypeOf("\"int\""), "int");
  EXPECT_EQ(TypeOf(R"(["null","int"])"), "int?");
  EXPECT_EQ(TypeOf(R"(["int","long"])"), "bigint");
  EXPECT_EQ(TypeOf(R"(["float","null","double"])"), "double?");
  EXPECT_EQ(TypeOf(R"(["int","string"])"), "struct<member0:int,member1:string>");
  AvroTypeOptions stable;
  stable.stable_union_names = true;
  EXPECT_EQ(TypeOf(R"(["int","string"])", stable), "struct<member_int:int,member_string:string>");
  const std::string node =
      R"({"type":"record","name":"n","fields":[{"name":"v","type":"int"},
          {"name":"next","type":["null","n"]}]})";
  EXPECT_THAT(TypeOf(node), HasSubstr("recursiveFieldMaxDepth"));
  AvroTypeOptions twice;
  twice.recursive_field_max_depth = 2;
  EXPECT_EQ(TypeOf(node, twice), "struct<v:int,next:struct<v:int>>");
}

TEST(Avro, SchemasThatBreakTheRulesAreRefused) {
  for (
      const char* json :
      {"{", "\"nosuch\"", R"({"type":"record","name":"r"})", R"({"type":"fixed","name":"f"})",
       R"(["int","int"])", R"([["int"]])", R"({"type":"array"})",
       R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})",
       R"({"type":"record","name":"1","fields":[]})"}) {
    EXPECT_FALSE(AvroSchema::Parse(json).ok()) << json;
  }
}

TEST(Avro, ReadersSchemaDecides) {
  const std::string written =
      R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},
          {"name":"old","type":["null","string"]},{"name":"e","type":
            {"type":"enum","name":"c","symbols":["X","Y"]}}]})";
  const std::string bytes(
      "\x02\x02\x02"
      "s"
      "\x02",
      5);
  EXPECT_EQ(Decoded(written, bytes), "{a:int32 = 1, old:string = s, e:string = Y}");
  EXPECT_EQ(Decoded(written, bytes,
                    R"({"type":"record","name":"r","fields":[
                        {"name":"new","type":"string","default":"d"},
                        {"name":"renamed","aliases":["old"],"type":["null","string"]},
                        {"name":"a","type":"double"}]})"),
            "{new:string = d, renamed:string = s, a:double = 1}");
  EXPECT_THAT(Decoded(written, bytes,
                      R"({"type":"record","name":"r","fields":[{"name":"x","type":"int"}]})"),
              HasSubstr("x was not written"));
  EXPECT_THAT(Decoded(written, bytes, "", "struct<a:string>"),
              HasSubstr("AVRO_INCOMPATIBLE_READ_TYPE"));
  EXPECT_EQ(Decoded(written, bytes, "", "struct<A:int,z:int>"), "{A:int32 = 1, z:int32 = null}");
}

TEST(Avro, MalformedBytesLeaveNoRow) {
  const std::string record =
      R"({"type":"record","name":"r","fields":[{"name":"a","type":"long"},
          {"name":"b","type":{"type":"array","items":"string"}}]})";
  for (const std::string& bytes :
       {std::string(), std::string("\x02"),
        std::string("\x02\x02\x08"
                    "ab"),
        std::string("\x02\x02\x01"), std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")}) {
    EXPECT_EQ(Decoded(record, bytes), "malformed");
  }
  EXPECT_EQ(Decoded(R"(["null","int"])", "\x04"), "malformed");
  // A count that no bytes stand behind.
  EXPECT_EQ(Decoded(R"({"type":"array","items":"null"})", "\xfe\xff\xff\xff\xff\xff\x01"),
            "malformed");
}

TEST(Avro, WhatIsEncodedIsDecoded) {
  const auto type = *ParseDdlType(
      "struct<i:int,l:bigint,s:string,b:binary,d:decimal(10,2),dt:date,t:timestamp,n:timestamp_ntz,"
      "a:array<string>,m:map<string,double>,r:struct<x:float,y:boolean>>");
  const auto values = *arrow::json::ArrayFromJSONString(
      type, R"([{"i":1,"l":-2,"s":"é","b":"q","d":"-1.25","dt":3,"t":-4,"n":5,"a":["x",null],
                 "m":[["k",1.5]],"r":{"x":0.5,"y":true}},
                {"i":null,"l":null,"s":null,"b":null,"d":null,"dt":null,"t":null,"n":null,
                 "a":null,"m":null,"r":null}])");
  const auto json = AvroSchemaOf(*type, false, "topLevelRecord", "");
  ASSERT_TRUE(json.ok()) << json.status().ToString();
  const auto schema = Parsed(*json);
  const auto encoder = AvroEncoder::Make(type, schema, false);
  ASSERT_TRUE(encoder.ok()) << encoder.status().ToString();
  std::string bytes;
  std::vector<int64_t> ends;
  ASSERT_TRUE((*encoder)->Append(*values, &bytes, &ends).ok());
  const auto decoder = AvroDecoder::Make(schema, nullptr, type, {});
  ASSERT_TRUE(decoder.ok()) << decoder.status().ToString();
  std::string_view rest(bytes);
  for (int i = 0; i < 2; ++i) {
    const auto used = (*decoder)->Append(rest);
    ASSERT_TRUE(used.ok());
    rest.remove_prefix(*used);
    EXPECT_EQ(ends[i], static_cast<int64_t>(bytes.size() - rest.size()));
  }
  EXPECT_TRUE(rest.empty());
  const auto read = *(*decoder)->Finish();
  EXPECT_TRUE(read->Equals(*values)) << read->ToString();
}

TEST(Avro, WritersSchemaDecides) {
  const auto type = *ParseDdlType("struct<c:string,n:int>");
  const auto encode = [&](const std::string& json, const std::string& rows) {
    const auto encoder = AvroEncoder::Make(type, Parsed(json), false);
    if (!encoder.ok()) return encoder.status().message();
    std::string bytes;
    std::vector<int64_t> ends;
    const Status status =
        (*encoder)->Append(**arrow::json::ArrayFromJSONString(type, rows), &bytes, &ends);
    return status.ok() ? bytes : status.message();
  };
  const std::string schema =
      R"({"type":"record","name":"r","fields":[{"name":"n","type":"int"},
          {"name":"c","type":["null",{"type":"enum","name":"e","symbols":["X","Y"]}]}]})";
  EXPECT_EQ(encode(schema, R"([{"c":"Y","n":1}])"), "\x02\x02\x02");
  EXPECT_EQ(encode(schema, R"([{"c":null,"n":1}])"), std::string("\x02\x00", 2));
  EXPECT_THAT(encode(schema, R"([{"c":"Z","n":1}])"), HasSubstr("no symbol"));
  EXPECT_THAT(encode(schema, R"([{"c":"X","n":null}])"), HasSubstr("AVRO_CANNOT_WRITE_NULL_FIELD"));
  EXPECT_THAT(
      encode(R"({"type":"record","name":"r","fields":[{"name":"c","type":"string"}]})", "[]"),
      HasSubstr("no field for the column n"));
}

}  // namespace
}  // namespace headrace
