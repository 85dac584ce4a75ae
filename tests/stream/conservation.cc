#include "conservation.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::json;

struct Balance {
  int64_t before, total, updated, removed;
};

// Rows that came into the state of this batch; every one of them was put.
int64_t Added(const Balance& rows) { return rows.total - rows.before + rows.removed; }

Status CheckOperator(const std::string& name, const Balance& rows) {
  // A deduplication only adds rows; others put rows again that are there. What leaves the side of
  // an outer join that is preserved is not counted as removed, as in Spark.
  const bool only_adds = name.rfind("dedupe", 0) == 0;
  const bool uncounted = name == "symmetricHashJoin";
  const int64_t added = Added(rows);
  if (added <= rows.updated && (added >= 0 || uncounted) && (!only_adds || added == rows.updated)) {
    return Status::OK();
  }
  return Status::Invalid(name, " had ", rows.before, " rows, put ", rows.updated, ", removed ",
                         rows.removed, " and has ", rows.total);
}

}  // namespace

Status Conservation::Check(const std::string& progress) {
  const Json json = Json::parse(progress);
  const int64_t batch = json.at("batchId");
  if (!json.at("durationMs").contains("addBatch") || batch <= last_batch_) return Status::OK();
  // After a failure the progress of a batch may be lost.
  const bool follows = batch == last_batch_ + 1;
  last_batch_ = batch;
  const Json& operators = json.at("stateOperators");
  for (size_t i = 0; i < operators.size(); ++i) {
    const Json& entry = operators[i];
    const std::string name = entry.at("operatorName");
    if (name == "globalLimit" || name.find("WithState") != std::string::npos) continue;
    const Balance rows = {totals_[i], entry.at("numRowsTotal"), entry.at("numRowsUpdated"),
                          entry.at("numRowsRemoved")};
    totals_[i] = rows.total;
    if (follows) ARROW_RETURN_NOT_OK(CheckOperator(name, rows));
  }
  if (!only_deduplicates_) return Status::OK();
  int64_t in = 0;
  for (const Json& source : json.at("sources")) in += source.at("numInputRows").get<int64_t>();
  const int64_t out = json.at("sink").at("numOutputRows");
  if (out < 0) return Status::OK();  // the sink had the batch already
  const int64_t late = operators.at(0).at("numRowsDroppedByWatermark");
  const int64_t again = operators.at(0).at("customMetrics").at("numDroppedDuplicateRows");
  if (in == out + late + again) return Status::OK();
  return Status::Invalid("of ", in, " rows ", out, " came out, ", late, " were late and ", again,
                         " duplicates");
}

}  // namespace headrace
