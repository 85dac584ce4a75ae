// SQL literals to values: numbers with suffixes, typed strings, intervals.
#pragma once

#include <memory>
#include <string>

#include "plan/unresolved.h"
#include "sql/parser.h"

namespace headrace {

UnresolvedPtr StringLiteral(std::string value);
// 1 → int (bigint, decimal when large), 1L 1S 1Y 1.5 1.5D 1.5F 1e0 1.5BD; `negative` includes the
// sign.
Result<UnresolvedPtr> NumberLiteral(const std::string& text, bool negative);
// DATE '…', TIMESTAMP '…', TIMESTAMP_LTZ, TIMESTAMP_NTZ, X '…'; null result: `word` begins no typed
// literal.
Result<UnresolvedPtr> TypedLiteral(const std::string& word, const std::string& text,
                                   const ParserOptions& options);

// An interval given by units, in the order written, e.g. {("1", "day"), ("2", "hours")}.
struct IntervalPart {
  std::string value;
  std::string unit;  // lower case, singular or plural
};
Result<UnresolvedPtr> IntervalLiteral(const std::vector<IntervalPart>& parts);
// INTERVAL '1 02:03:04' DAY TO SECOND, INTERVAL '1-2' YEAR TO MONTH.
Result<UnresolvedPtr> IntervalRangeLiteral(const std::string& text, const std::string& from_unit,
                                           const std::string& to_unit);
// INTERVAL '1 day 2 hours'
Result<UnresolvedPtr> IntervalTextLiteral(const std::string& text);

}  // namespace headrace
