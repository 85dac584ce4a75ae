// Where in the user's program an error arose: a piece of a SQL text, or the call in a program that
// made a column. Spark's clients show it (PySparkException.getQueryContext).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"

namespace headrace {

class QueryContext;
using QueryContextPtr = std::shared_ptr<const QueryContext>;

class QueryContext {
 public:
  virtual ~QueryContext() = default;

  virtual bool is_sql() const = 0;
  // In characters of the SQL text, the last one included; 0 for a call.
  virtual int64_t start_index() const { return 0; }
  virtual int64_t stop_index() const { return 0; }
  // The piece of SQL, or the name of the function that was called.
  virtual std::string fragment() const = 0;
  // "program.py:12"; "" for SQL.
  virtual std::string call_site() const { return ""; }
  // Some lines of text that show the place.
  virtual std::string summary() const = 0;
  // What an analysis error says behind its text: "; line 1 pos 7", or "".
  virtual std::string position() const { return ""; }
};

// Bytes [begin, end) of a SQL text, which must not be empty.
QueryContextPtr MakeSqlContext(std::shared_ptr<const std::string> sql, size_t begin, size_t end);
QueryContextPtr MakeCallContext(std::string function, std::string call_site);

// `error` as one of this place, which its message then tells. An error that has a place already
// keeps it, for the innermost one is nearest to the mistake; one without ErrorDetail, or with a
// cause, stays as it is. `context` may be null.
Status WithContext(Status error, const QueryContextPtr& context);

// Null when the place is not known.
QueryContextPtr ContextOf(const Status& error);

}  // namespace headrace
