// Paths into JSON documents: `$.store.book[0].title`, `$['a b'][*]`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "functions/json/json_options.h"
#include "functions/json/json_value_reader.h"
#include "functions/json/structural_index.h"

namespace headrace {

struct JsonPathStep {
  enum Kind { kKey, kIndex, kEach } kind = kKey;
  std::string key;
  int64_t index = 0;
};
struct JsonPath {
  std::vector<JsonPathStep> steps;
  // No value: not a path, or one that finds nothing (`$.*`).
  static std::optional<JsonPath> Parse(std::string_view text);
};

// Walks single documents. Not thread-safe.
class JsonDocument {
 public:
  JsonDocument();
  // Indexes a document, leniently if need be; false: malformed.
  bool Open(std::string_view text);
  // What the path leads to, as get_json_object writes it; false: nothing or null, or malformed.
  bool Find(const JsonPath& path, std::string* out);
  // A cursor at the first token.
  JsonCursor cursor() const;
  JsonValueReader* reader() { return &reader_; }

 private:
  struct Matches {
    std::string text;
    int count = 0;
    bool wildcard = false;
  };
  bool Walk(JsonCursor* cursor, const JsonPath& path, size_t step, Matches* matches);

  JsonReadOptions options_;
  JsonValueReader reader_;
  StructuralIndex index_;
  std::string buffer_;
  size_t length_ = 0;
};

}  // namespace headrace
