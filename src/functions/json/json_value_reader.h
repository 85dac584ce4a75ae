// Reads JSON values at a cursor into columns: the recursive part of the decoder.
#pragma once

#include <string>

#include "functions/json/json_column.h"
#include "functions/json/json_options.h"
#include "functions/json/json_text.h"

namespace headrace {

// A place among the tokens of one record. `limit` is the record's end in the text.
struct JsonCursor {
  const char* text = nullptr;
  const uint32_t* token = nullptr;
  uint32_t limit = 0;

  // The token's first character; NUL at the end of the record.
  char Peek() const { return *token < limit ? text[*token] : '\0'; }
  const char* at() const { return text + *token; }
  const char* end() const { return text + limit; }
  void Next() { ++token; }
};

enum class JsonOutcome {
  kRead,
  kPartial,  // a row was appended, but something inside could not be converted
  kUnfit,    // well-formed, but not of the type; no row was appended
  kSyntax,   // malformed: the whole record is void
};

class JsonValueReader {
 public:
  explicit JsonValueReader(const JsonReadOptions& options) : options_(options) {}

  // Reads one value into a new row of `column`; the cursor ends behind the value unless kSyntax.
  JsonOutcome Read(JsonCursor* cursor, JsonColumn* column);
  // Passes over a well-formed value; false: malformed.
  bool Skip(JsonCursor* cursor, int depth = 0);
  // The elements of an array as rows of a struct column (array_as_rows).
  JsonOutcome ReadRows(JsonCursor* cursor, JsonColumn* column);

  // Appends any value as compact JSON; false: malformed.
  bool WriteValue(JsonCursor* cursor, std::string* out);

  // Forgets what was met in the record before.
  void Reset() {
    reason_.clear();
    depth_ = 0;
  }
  // Why the first kUnfit or kPartial, or the kSyntax, came about.
  std::string TakeReason() { return std::move(reason_); }

 private:
  // Appends an object or array as it stands in the text.
  bool CopyValue(JsonCursor* cursor, std::string* out);
  JsonOutcome ReadObject(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome ReadField(JsonCursor* cursor, JsonColumn* column, int index, int64_t row);
  JsonOutcome ReadAgain(JsonCursor* cursor, JsonColumn* column, int index, int64_t row);
  JsonOutcome ReadList(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome ReadMap(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome ReadStringToken(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome ReadNumberToken(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome ReadWord(JsonCursor* cursor, JsonColumn* column);
  JsonOutcome AppendText(std::string_view text, JsonColumn* column);
  JsonOutcome AppendDecimal(std::string_view text, JsonColumn* column);
  // Index of the field that a key names (-1: none), -2: malformed.
  int FindKey(JsonCursor* cursor, JsonColumn* column, size_t position);
  JsonOutcome Syntax(const char* reason);
  JsonOutcome Unfit(const JsonColumn& column, std::string_view text);

  const JsonReadOptions& options_;
  std::string scratch_;
  std::string reason_;
  int depth_ = 0;
};

}  // namespace headrace
