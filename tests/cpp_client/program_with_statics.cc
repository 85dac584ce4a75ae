// A program may keep its session, a query and a function over groups in statics. They are destroyed
// after main(), in an order that the engine does not choose; the program has to end well.
#include <optional>
#include <vector>

#include "headrace/headrace.h"

namespace {

std::optional<headrace::SparkSession> session;
std::optional<headrace::DataFrame> counts;
std::optional<headrace::StreamingQuery> query;

std::vector<headrace::Row> Count(const headrace::Row& key, const std::vector<headrace::Row>& rows,
                                 headrace::GroupState&) {
  return {headrace::Row(key.getLong(0), static_cast<int64_t>(rows.size()))};
}

}  // namespace

int main() {
  session = headrace::SparkSession::builder().appName("statics").getOrCreate();
  counts = session->readStream().format("rate").load().groupBy("value").flatMapGroupsWithState(
      Count, "value LONG, rows LONG", "seen LONG", "append",
      headrace::GroupStateTimeout::NoTimeout);
  query = counts->writeStream().format("noop").start();
  query->stop();
  return query->isActive() ? 1 : 0;
}
