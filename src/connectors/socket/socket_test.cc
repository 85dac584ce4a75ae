#include "connectors/socket/socket.h"

#include <condition_variable>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <arrow/array.h>
#include <gtest/gtest.h>

#include "connectors/socket/line_buffer.h"

namespace headrace {
namespace {

SchemaPtr Lines() { return arrow::schema({arrow::field("value", arrow::utf8())}); }

std::vector<std::string> TextsOf(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  std::vector<std::string> texts;
  for (const auto& batch : batches) {
    const auto& values = static_cast<const arrow::StringArray&>(*batch->column(0));
    for (int64_t i = 0; i < values.length(); ++i) texts.push_back(values.GetString(i));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(LineBuffer, CutsLinesWhereverBlocksEnd) {
  const std::string stream = "a\nbb\r\nc\rd\n\ne\r\n";
  for (size_t step = 1; step <= stream.size(); ++step) {
    LineBuffer buffer(Lines(), false);
    for (size_t at = 0; at < stream.size(); at += step) {
      ASSERT_TRUE(*buffer.Append(std::string_view(stream).substr(at, step), 0));
    }
    ASSERT_EQ(buffer.latest(), 5) << step;
    EXPECT_EQ(TextsOf(*buffer.Range(-1, 5)), (Texts{"a", "bb", "c", "d", "", "e"})) << step;
  }
}

TEST(LineBuffer, TheLastLineNeedsNoEnd) {
  LineBuffer buffer(Lines(), false);
  ASSERT_TRUE(*buffer.Append("a\nb", 0));
  EXPECT_EQ(buffer.latest(), 0);
  ASSERT_TRUE(buffer.Finish(0).ok());
  EXPECT_EQ(TextsOf(*buffer.Range(-1, 1)), (Texts{"a", "b"}));
}

TEST(LineBuffer, WhatIsReleasedIsGone) {
  LineBuffer buffer(Lines(), false);
  ASSERT_TRUE(*buffer.Append("a\nb\n", 0));
  EXPECT_EQ(TextsOf(*buffer.Range(-1, 1)), (Texts{"a", "b"}));
  ASSERT_TRUE(*buffer.Append("c\nd\n", 0));
  EXPECT_EQ(TextsOf(*buffer.Range(1, 3)), (Texts{"c", "d"}));
  ASSERT_TRUE(buffer.Release(1).ok());
  EXPECT_EQ(TextsOf(*buffer.Range(1, 2)), Texts{"c"});
  EXPECT_FALSE(buffer.Range(0, 2).ok());
  EXPECT_FALSE(buffer.Range(1, 9).ok());
}

TEST(LineBuffer, ReplacesWhatIsNoUtf8) {
  LineBuffer buffer(Lines(), false);
  ASSERT_TRUE(*buffer.Append("a\xFFz\n\xC3\xA9\n", 0));
  EXPECT_EQ(TextsOf(*buffer.Range(-1, 1)), (Texts{"a\xEF\xBF\xBDz", "\xC3\xA9"}));
}

class SocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listener_, 4), 0);
    socklen_t size = sizeof(address);
    ASSERT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = std::to_string(ntohs(address.sin_port));
    RegisterSocketConnector(&ConnectorRegistry::Process());
    provider_ = *ConnectorRegistry::Process().FindSource("socket");
    clock_ = std::make_shared<ManualClock>(5'000'999);
    context_.clock = clock_;
  }
  void TearDown() override {
    source_ = nullptr;
    if (peer_ >= 0) close(peer_);
    close(listener_);
  }

  void Open(std::map<std::string, std::string> options = {}) {
    options.insert({{"host", "127.0.0.1"}, {"port", port_}});
    SourceSpecification specification;
    specification.format = "socket";
    specification.options = Options(options);
    schema_ = *provider_->ResolveSchema(specification, true, context_);
    auto opened = provider_->OpenStream(specification, schema_, "", context_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    source_ = std::move(*opened);
    peer_ = accept(listener_, nullptr, nullptr);
    ASSERT_GE(peer_, 0);
    source_->SetWake([this] {
      std::lock_guard lock(mutex_);
      ++wakes_;
      changed_.notify_all();
    });
  }
  void Send(const std::string& text) {
    ASSERT_EQ(send(peer_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  // Sleeps until the source has lines up to `offset`.
  void AwaitOffset(const OffsetJson& start, const OffsetJson& offset) {
    std::unique_lock lock(mutex_);
    while (true) {
      const int64_t seen = wakes_;
      lock.unlock();  // the source wakes under its own lock
      if (*source_->LatestOffset(start, {}) == offset) return;
      lock.lock();
      changed_.wait(lock, [&] { return wakes_ != seen; });
    }
  }
  Texts Rows(const OffsetJson& start, const OffsetJson& end) {
    Texts texts;
    auto readers = source_->Read(start, end, {schema_->field_names(), {}});
    EXPECT_TRUE(readers.ok()) << readers.status().ToString();
    for (auto& reader : *readers) {
      while (true) {
        const auto batch = *reader->Next();
        if (!batch) break;
        for (auto& text : TextsOf({batch})) texts.push_back(text);
        if (batch->num_columns() > 1) {
          time_us_ = static_cast<const arrow::TimestampArray&>(*batch->column(1)).Value(0);
        }
      }
    }
    return texts;
  }

  int listener_ = -1;
  int peer_ = -1;
  std::string port_;
  std::shared_ptr<SourceProvider> provider_;
  std::shared_ptr<ManualClock> clock_;
  ConnectorContext context_;
  SchemaPtr schema_;
  std::unique_ptr<Source> source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t wakes_ = 0;
  int64_t time_us_ = 0;
};

TEST_F(SocketTest, ReadsLines) {
  Open();
  EXPECT_EQ(source_->Description(), "TextSocketV2[host: 127.0.0.1, port: " + port_ + "]");
  EXPECT_EQ(*source_->InitialOffset(), "-1");
  EXPECT_EQ(*source_->LatestOffset("-1", {}), "-1");
  Send("hello world\nsecond\n");
  AwaitOffset("-1", "1");
  EXPECT_EQ(Rows("-1", "1"), (Texts{"hello world", "second"}));
  EXPECT_EQ(Rows("-1", "1"), (Texts{"hello world", "second"}));
  Send("third\n");
  AwaitOffset("1", "2");
  ASSERT_TRUE(source_->Commit("1").ok());
  EXPECT_EQ(Rows("1", "2"), Texts{"third"});
}

TEST_F(SocketTest, LinesBearTheTimeOfTheirArrival) {
  Open({{"includeTimestamp", "true"}});
  EXPECT_EQ(schema_->field_names(), (Texts{"value", "timestamp"}));
  Send("a\n");
  AwaitOffset("-1", "0");
  EXPECT_EQ(Rows("-1", "0"), Texts{"a"});
  EXPECT_EQ(time_us_, 5'000'000);
}

TEST_F(SocketTest, AnEndedConnectionGivesItsLastLine) {
  Open();
  Send("a\nb");
  close(peer_);
  peer_ = -1;
  AwaitOffset("-1", "1");
  EXPECT_EQ(Rows("-1", "1"), (Texts{"a", "b"}));
}

TEST_F(SocketTest, NumbersGoOnAfterARestart) {
  Open();
  Send("a\n");
  AwaitOffset("7", "8");
  EXPECT_EQ(Rows("7", "8"), Texts{"a"});
}

TEST_F(SocketTest, ABatchOfTheRunBeforeIsLostAndTheNextIsNot) {
  Open();
  // Logged before the restart, so it is run again; its lines are gone.
  EXPECT_EQ(Rows("2", "4"), Texts{});
  Send("a\n");
  AwaitOffset("4", "5");
  EXPECT_EQ(Rows("4", "5"), Texts{"a"});
}

TEST_F(SocketTest, AnUnreachableServerIsNamed) {
  close(listener_);
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  SourceSpecification specification;
  specification.format = "socket";
  specification.options = Options({{"host", "127.0.0.1"}, {"port", port_}});
  const auto opened = provider_->OpenStream(specification, Lines(), "", context_);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.status().message().find("127.0.0.1:" + port_), std::string::npos);
}

TEST_F(SocketTest, BadOptionsAreNamed) {
  const std::vector<std::pair<std::map<std::string, std::string>, std::string>> wrong = {
      {{{"port", "1"}}, "_LEGACY_ERROR_TEMP_1295"},
      {{{"host", "h"}, {"x", "y"}}, "_LEGACY_ERROR_TEMP_1296"},
      {{{"host", "h"}, {"port", "1"}, {"includeTimestamp", "maybe"}}, "_LEGACY_ERROR_TEMP_1297"}};
  for (const auto& [options, condition] : wrong) {
    SourceSpecification specification;
    specification.options = Options(options);
    const auto schema = provider_->ResolveSchema(specification, true, context_);
    ASSERT_FALSE(schema.ok());
    EXPECT_EQ(ErrorDetail::Get(schema.status())->condition(), condition);
  }
}

}  // namespace
}  // namespace headrace
