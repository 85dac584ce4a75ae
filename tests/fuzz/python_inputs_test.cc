// What Python worker processes send: pickles and frames.
#include <sys/socket.h>
#include <unistd.h>

#include <arrow/array/validate.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include "fuzzer.h"
#include "python/pickle_reader.h"
#include "python/python_task.h"
#include "python/worker_stream.h"

namespace headrace::fuzz {
namespace {

// pickle.dumps, protocol 4, of [1, None, "é", b"x", (1.5, True), {"k": [2**70]}] and of
// [Decimal("1.50"), [], {}].
const std::string kPickle(
    "\x80\x04\x95\x32\x00\x00\x00\x00\x00\x00\x00\x5d\x94\x28\x4b\x01\x4e\x8c\x02\xc3\xa9"
    "\x94\x43\x01\x78\x94\x47\x3f\xf8\x00\x00\x00\x00\x00\x00\x88\x86\x94\x7d\x94\x8c\x01"
    "\x6b\x94\x5d\x94\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x40\x61\x73\x65\x2e",
    61);
const std::string kDecimals(
    "\x80\x04\x95\x2a\x00\x00\x00\x00\x00\x00\x00\x5d\x94\x28\x8c\x07\x64\x65\x63\x69\x6d"
    "\x61\x6c\x94\x8c\x07\x44\x65\x63\x69\x6d\x61\x6c\x94\x93\x94\x8c\x04\x31\x2e\x35\x30"
    "\x94\x85\x94\x52\x94\x5d\x94\x7d\x94\x65\x2e",
    53);

TEST(PickleTest, Values) {
  Target target{.name = "pickle",
                .corpus = {kPickle, kDecimals,
                           "\x80\x02]q\x01(K\x01K\x02"
                           "e.",
                           "I1\n.", "(lp0\n."}};
  target.words = {"\x80\x04",
                  "\x94",
                  "(",
                  "]",
                  "}",
                  "e",
                  "s",
                  "u",
                  "h\x01",
                  "j\xff\xff\xff\x7f",
                  "R",
                  "0",
                  ".",
                  "\x8c\xff",
                  "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
                  "\x8a\xff",
                  "\x8b\xff\xff\xff\x7f",
                  "c__builtin__\neval\n"};
  const std::vector<DataTypePtr> types = {
      arrow::int32(),
      arrow::utf8(),
      arrow::binary(),
      arrow::float64(),
      arrow::decimal128(10, 2),
      ArrayOf(arrow::int64()),
      MapOf(arrow::utf8(), ArrayOf(arrow::utf8())),
      arrow::date32(),
      TimestampType(),
      arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())})};
  target.run = [&](const std::string& input) -> Outcome {
    const auto value = ReadPickle(input);
    if (!value.ok()) return {value.status().message().substr(0, 40), ""};
    std::string kind;
    for (const DataTypePtr& type : types) {
      const auto builder = *arrow::MakeBuilder(type);
      std::vector<PythonValuePtr> values = (*value)->elements;
      values.push_back(*value);
      Status appended;
      for (const PythonValuePtr& each : values) {
        if (appended.ok()) appended = AppendPythonValue(*each, *type, builder.get());
      }
      if (!appended.ok()) {
        // What is built by then is dropped.
        kind += appended.message().substr(0, 20) + ",";
        continue;
      }
      const auto array = *builder->Finish();
      // A text may hold half of a surrogate pair, which Python has no objection to.
      const Status valid = array->Validate();
      if (!valid.ok()) return {"", SimpleString(*type) + ": " + valid.ToString()};
      kind += std::to_string(array->null_count()) + ",";
    }
    return {kind, ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

// A worker that sends something and ends.
TEST(WorkerFramesTest, AnswersAndTheirEnd) {
  FrameWriter frames;
  frames.PutInt(5);
  frames.PutRaw("12345");
  frames.PutInt(-2);  // an exception
  frames.PutText("Traceback (most recent call last):\nValueError: no");
  frames.PutInt(-3);  // the end: times, counts
  for (int i = 0; i < 5; ++i) frames.PutLong(i);
  frames.PutInt(0);
  frames.PutInt(-4);
  Target target{.name = "worker frames",
                .corpus = {frames.bytes(), frames.bytes().substr(13)},
                .run = {},
                .runs = 3'000};
  target.words = {std::string("\0\0\0\0", 4), "\xff\xff\xff\xfe", "\xff\xff\xff\xfd",
                  "\xff\xff\xff\xfc", "\x7f\xff\xff\xff"};
  target.run = [](const std::string& input) -> Outcome {
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) return {"", "no sockets"};
    WorkerStream stream(sockets[0]);
    size_t sent = 0;  // inputs are smaller than what a socket holds
    while (sent < input.size()) {
      const ssize_t count = ::write(sockets[1], input.data() + sent, input.size() - sent);
      if (count <= 0) break;
      sent += static_cast<size_t>(count);
    }
    ::close(sockets[1]);
    std::string kind;
    for (int answers = 0; answers < 20; ++answers) {
      const auto length = stream.ReadInt();
      if (!length.ok()) return {kind + "end", ""};
      if (*length >= 0) {
        const auto text = stream.ReadText(*length);
        kind += text.ok() ? 't' : 'e';
        if (!text.ok()) return {kind, ""};
        if (static_cast<int64_t>(text->size()) != *length) return {"", "a text of another length"};
        continue;
      }
      const Status marker = CheckMarker(&stream, *length);
      if (!marker.ok()) return {kind + marker.message().substr(0, 24), ""};
      const auto end = ReadTaskEnd(&stream, WorkerGeneration::k4_1);
      return {kind + (end.ok() ? std::to_string(*end) : end.status().message().substr(0, 24)), ""};
    }
    return {kind, ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

}  // namespace
}  // namespace headrace::fuzz
