// Deduplication, sessions and sliding windows against oracles that take one row at a time: all
// orders of a few events, cut into batches in several ways, with several delays, with and without
// batches without data, with and without restarts.
//
// Every oracle also says what must balance: rows in = rows given + rows kept + rows dropped.
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/testing/plans.h"
#include "operators/testing/streaming.h"

namespace headrace {
namespace {

using namespace testing;  // NOLINT: the test's vocabulary

struct Event {
  char key;
  int time;  // seconds, from 1
};
using Events = std::vector<Event>;

// What an engine and an oracle say of one batch.
struct Outcome {
  std::vector<std::string> rows;
  int64_t kept = 0, dropped = 0;
  bool operator==(const Outcome& other) const {
    return rows == other.rows && kept == other.kept && dropped == other.dropped;
  }
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  for (const std::string& row : outcome.rows) out << "[" << row << "] ";
  return out << "kept " << outcome.kept << " dropped " << outcome.dropped;
}

// Takes batches of events; `late` and `eviction` are the watermarks in seconds.
class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual Outcome Batch(const Events& events, int late, int eviction) = 0;
};

struct Case {
  std::shared_ptr<const PhysicalPlan> plan;
  std::function<std::unique_ptr<Oracle>()> oracle;
  std::function<BatchPtr(const Events&)> rows;
};

std::vector<std::vector<size_t>> Cuts(size_t events) {
  return {{events},
          std::vector<size_t>(events, 1),
          {1, events - 1},
          {2, 1, events - 3},
          {events - 1, 1}};
}

void RunOne(const Case& which, const Events& events, const std::vector<size_t>& cuts, int delay,
            bool no_data_batches, bool restart) {
  StreamingRun run(which.plan);
  const auto oracle = which.oracle();
  int late = 0, watermark = 0;
  const auto batch = [&](const Events& rows) {
    const Outcome expected = oracle->Batch(rows, late, watermark);
    Outcome actual;
    actual.rows =
        run.Batch(rows.empty() ? std::vector<BatchPtr>{} : std::vector<BatchPtr>{which.rows(rows)},
                  watermark * 1000);
    actual.kept = run.metrics().rows_total;
    actual.dropped = run.metrics().rows_dropped_by_watermark;
    late = watermark;
    if (restart) run.Restart();
    ASSERT_EQ(actual, expected) << "watermark " << watermark;
  };
  size_t next = 0;
  for (const size_t cut : cuts) {
    const Events rows(events.begin() + static_cast<std::ptrdiff_t>(next),
                      events.begin() + static_cast<std::ptrdiff_t>(next + cut));
    next += cut;
    batch(rows);
    int moved = watermark;
    for (const Event& event : rows) moved = std::max(moved, event.time - delay);
    const bool moves = moved > watermark;
    watermark = moved;
    if (moves && no_data_batches) batch({});
    if (::testing::Test::HasFatalFailure()) return;
  }
  late = watermark;
  watermark = 1000;
  batch({});
}

void RunAllOrders(const Case& which, Events events) {
  std::vector<size_t> order(events.size());
  std::iota(order.begin(), order.end(), 0);
  size_t number = 0;
  do {
    Events ordered;
    for (const size_t i : order) ordered.push_back(events[i]);
    for (const std::vector<size_t>& cuts : Cuts(events.size())) {
      for (const int delay : {0, 4, 100}) {
        const bool no_data = number % 2 == 0, restart = number % 3 == 0;
        ++number;
        RunOne(which, ordered, cuts, delay, no_data, restart);
        if (::testing::Test::HasFatalFailure()) {
          std::string text;
          for (const Event& event : ordered) {
            text += std::string(1, event.key) + std::to_string(event.time) + " ";
          }
          FAIL() << text << "delay " << delay << " first cut " << cuts[0] << " no-data " << no_data
                 << " restart " << restart;
        }
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

std::string Micros(int64_t seconds) { return std::to_string(seconds * 1'000'000); }

const SchemaPtr kEvents = SchemaOf("k STRING, ts TIMESTAMP");

BatchPtr PlainRows(const Events& events) {
  std::string json;
  for (const Event& event : events) {
    json += (json.empty() ? "[" : ", ") + (R"([")" + std::string(1, event.key)) + R"(", )" +
            Micros(event.time) + "]";
  }
  return RowsOf(kEvents, json + "]");
}

// Deduplication.

enum class Subset { kKey, kKeyAndTime, kWithinWatermark };
constexpr int kDelay = 6;

class DeduplicateOracle final : public Oracle {
 public:
  explicit DeduplicateOracle(Subset subset) : subset_(subset) {}
  Outcome Batch(const Events& events, int late, int eviction) override {
    Outcome outcome;
    for (const Event& event : events) {
      const std::pair key(event.key, subset_ == Subset::kKeyAndTime ? event.time : 0);
      if (event.time <= late) {
        ++outcome.dropped;
      } else if (expiry_.try_emplace(key, ExpiryOf(event)).second) {
        outcome.rows.push_back(std::string(1, event.key) + " " + Micros(event.time));
      }
    }
    std::erase_if(expiry_, [&](const auto& entry) { return entry.second <= eviction; });
    std::sort(outcome.rows.begin(), outcome.rows.end());
    outcome.kept = static_cast<int64_t>(expiry_.size());
    return outcome;
  }

 private:
  int ExpiryOf(const Event& event) const {
    switch (subset_) {
      case Subset::kKey:
        return std::numeric_limits<int>::max();
      case Subset::kKeyAndTime:
        return event.time;
      case Subset::kWithinWatermark:
        return event.time + kDelay;
    }
    return 0;
  }
  const Subset subset_;
  std::map<std::pair<char, int>, int> expiry_;
};

TEST(EventOrders, Deduplicate) {
  for (const Subset subset : {Subset::kKey, Subset::kKeyAndTime, Subset::kWithinWatermark}) {
    const std::vector<int> keys =
        subset == Subset::kKeyAndTime ? std::vector<int>{0, 1} : std::vector<int>{0};
    auto node = Node(PhysicalKind::kStatefulDeduplicate, {Exchange(Scan(kEvents), keys)});
    node->key_columns = keys;
    node->event_time_column = 1;
    node->within_watermark = subset == Subset::kWithinWatermark;
    node->delay_us = kDelay * 1'000'000;
    node->operator_id = 0;
    RunAllOrders({PlanOf(node, 1, OutputMode::kAppend, 1),
                  [subset] { return std::make_unique<DeduplicateOracle>(subset); }, PlainRows},
                 {{'a', 1}, {'a', 1}, {'b', 3}, {'a', 8}, {'b', 9}});
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// Sessions.

constexpr int kGap = 5;
const SchemaPtr kSessions = SchemaOf("k STRING, s STRUCT<start: TIMESTAMP, end: TIMESTAMP>");

class SessionOracle final : public Oracle {
 public:
  explicit SessionOracle(OutputMode mode) : mode_(mode) {}
  Outcome Batch(const Events& events, int late, int eviction) override {
    Outcome outcome;
    const bool complete = mode_ == OutputMode::kComplete;
    std::set<std::pair<char, int>> late_rows;  // of partial aggregates
    for (const Event& event : events) {
      if (!complete && event.time + kGap <= late) {
        late_rows.insert({event.key, event.time});
        ++gone_;
        continue;
      }
      Insert({event.key, event.time, event.time + kGap, 1});
    }
    rows_in_ += static_cast<int64_t>(events.size());
    outcome.dropped = static_cast<int64_t>(late_rows.size());
    std::vector<Session> kept;
    for (const Session& session : sessions_) {
      const bool closed = !complete && session.end <= eviction;
      if (closed) gone_ += session.count;
      if (closed || complete) outcome.rows.push_back(Text(session));
      if (!closed) kept.push_back(session);
    }
    sessions_ = std::move(kept);
    int64_t held = 0;
    for (const Session& session : sessions_) held += session.count;
    EXPECT_EQ(rows_in_, gone_ + held);
    outcome.kept = static_cast<int64_t>(sessions_.size());
    std::sort(outcome.rows.begin(), outcome.rows.end());
    return outcome;
  }

 private:
  struct Session {
    char key;
    int start, end;
    int64_t count;
  };
  static std::string Text(const Session& session) {
    return std::string(1, session.key) + " {" + Micros(session.start) + "," + Micros(session.end) +
           "} " + std::to_string(session.count);
  }
  void Insert(Session session) {
    for (size_t i = 0; i < sessions_.size(); ++i) {
      const Session other = sessions_[i];
      if (other.key != session.key || other.start > session.end || session.start > other.end) {
        continue;
      }
      sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(i));
      return Insert({session.key, std::min(session.start, other.start),
                     std::max(session.end, other.end), session.count + other.count});
    }
    sessions_.push_back(session);
  }
  const OutputMode mode_;
  std::vector<Session> sessions_;
  int64_t rows_in_ = 0, gone_ = 0;
};

BatchPtr SessionRows(const Events& events) {
  std::string json;
  for (const Event& event : events) {
    json += (json.empty() ? "[" : ", ") + (R"([")" + std::string(1, event.key)) + R"(", [)" +
            Micros(event.time) + ", " + Micros(event.time + kGap) + "]]";
  }
  return RowsOf(kSessions, json + "]");
}

TEST(EventOrders, Sessions) {
  for (const OutputMode mode : {OutputMode::kAppend, OutputMode::kComplete}) {
    auto node = GroupBy(Scan(kSessions), {"k", "s"}, {Aggregate("count", {})},
                        PhysicalKind::kStatefulSessionAggregate);
    node->children = {Exchange(node->children[0]->children[0], {0})};
    node->session_key = 1;
    if (mode != OutputMode::kComplete) node->event_time_key = 1;
    node->operator_id = 0;
    RunAllOrders({PlanOf(node, 1, mode, 1),
                  [mode] { return std::make_unique<SessionOracle>(mode); }, SessionRows},
                 {{'a', 1}, {'a', 6}, {'a', 13}, {'a', 9}, {'b', 10}});
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// Sliding windows: first() and last() follow the order of rows, which panes must not change.

constexpr int kDuration = 6, kSlide = 2;

class SlidingOracle final : public Oracle {
 public:
  explicit SlidingOracle(OutputMode mode) : mode_(mode) {}
  Outcome Batch(const Events& events, int late, int eviction) override {
    Outcome outcome;
    std::set<Key> late_rows, touched;  // of partial aggregates
    for (const Event& event : events) {
      const int last = event.time / kSlide * kSlide;
      for (int start = last; start > last - kDuration; start -= kSlide) {
        const Key key(event.key, start);
        if (start + kDuration <= late) {
          late_rows.insert(key);
          continue;
        }
        touched.insert(key);
        auto [window, fresh] = windows_.try_emplace(key, Window{0, event.time, 0});
        ++window->second.count;
        window->second.last = event.time;
      }
    }
    outcome.dropped = static_cast<int64_t>(late_rows.size());
    if (mode_ == OutputMode::kUpdate) {
      for (const Key& key : touched) outcome.rows.push_back(Text(key));
    }
    for (auto window = windows_.begin(); window != windows_.end();) {
      if (window->first.second + kDuration > eviction) {
        ++window;
        continue;
      }
      if (mode_ == OutputMode::kAppend) outcome.rows.push_back(Text(window->first));
      window = windows_.erase(window);
    }
    outcome.kept = static_cast<int64_t>(windows_.size());
    std::sort(outcome.rows.begin(), outcome.rows.end());
    return outcome;
  }

 private:
  using Key = std::pair<char, int>;
  struct Window {
    int64_t count;
    int first, last;
  };
  std::string Text(const Key& key) const {
    const Window& window = windows_.at(key);
    return std::string(1, key.first) + " {" + Micros(key.second) + "," +
           Micros(key.second + kDuration) + "} " + std::to_string(window.count) + " " +
           Micros(window.first) + " " + Micros(window.last);
  }
  const OutputMode mode_;
  std::map<Key, Window> windows_;
};

TEST(EventOrders, SlidingWindowsOfPanes) {
  for (const OutputMode mode : {OutputMode::kAppend, OutputMode::kUpdate}) {
    const auto scan = Scan(kEvents);
    const auto node = GroupBy(scan, {"k", "ts"},
                              {Aggregate("count", {}), Aggregate("first", {Column(scan, "ts")}),
                               Aggregate("last", {Column(scan, "ts")})},
                              PhysicalKind::kStatefulAggregate);
    const FieldPtr window = kSessions->field(1)->WithName("ts");
    // The partial aggregate makes the windows.
    auto panes = std::make_shared<PhysicalNode>(*node->children[0]->children[0]);
    panes->kind = PhysicalKind::kPaneAggregate;
    panes->schema = panes->schema->SetField(1, window).ValueOrDie();
    panes->window_key = 1;
    panes->window_us = {kDuration * 1'000'000, kSlide * 1'000'000, 0};
    node->children = {Exchange(panes, {0, 1})};
    node->schema = node->schema->SetField(1, window).ValueOrDie();
    node->event_time_key = 1;
    RunAllOrders({PlanOf(node, 1, mode, 1),
                  [mode] { return std::make_unique<SlidingOracle>(mode); }, PlainRows},
                 {{'a', 1}, {'a', 3}, {'b', 4}, {'a', 4}, {'a', 11}});
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace headrace
