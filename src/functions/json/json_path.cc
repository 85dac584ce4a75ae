#include "functions/json/json_path.h"

#include <charconv>

#include "functions/json/json_decoder.h"
#include "functions/json/json_normalizer.h"
#include "functions/json/json_text.h"

namespace headrace {

namespace {

JsonReadOptions StrictNumbers() {
  JsonReadOptions options;
  options.allow_non_numeric_numbers = false;
  return options;
}

}  // namespace

std::optional<JsonPath> JsonPath::Parse(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  text.remove_prefix(1);
  JsonPath path;
  while (!text.empty()) {
    JsonPathStep step;
    if (text[0] == '.') {
      const size_t end = std::min(text.find_first_of(".[", 1), text.size());
      step.key = std::string(text.substr(1, end - 1));
      if (step.key.empty() || step.key == "*") return std::nullopt;
      text.remove_prefix(end);
    } else if (text.starts_with("['")) {
      const size_t end = text.find("']", 2);
      if (end == std::string_view::npos || end == 2) return std::nullopt;
      step.key = std::string(text.substr(2, end - 2));
      if (step.key == "*") return std::nullopt;
      text.remove_prefix(end + 2);
    } else if (text.starts_with("[*]")) {
      step.kind = JsonPathStep::kEach;
      text.remove_prefix(3);
    } else if (text[0] == '[') {
      const size_t end = text.find(']');
      if (end == std::string_view::npos) return std::nullopt;
      step.kind = JsonPathStep::kIndex;
      const auto [stop, error] = std::from_chars(text.data() + 1, text.data() + end, step.index);
      if (error != std::errc() || stop != text.data() + end || step.index < 0) return std::nullopt;
      text.remove_prefix(end + 1);
    } else {
      return std::nullopt;
    }
    path.steps.push_back(std::move(step));
  }
  return path;
}

JsonDocument::JsonDocument() : options_(StrictNumbers()), reader_(options_) {}

bool JsonDocument::Open(std::string_view text) {
  const auto index = [&](std::string_view content) {
    buffer_.assign(content);
    length_ = content.size();
    buffer_.append(static_cast<size_t>(kJsonPadding), ' ');
    if (!index_.Build(buffer_.data(), length_)) return false;
    JsonCursor check = cursor();
    return reader_.Skip(&check);
  };
  if (index(text)) return true;
  std::string normal, reason;
  return NormalizeJson(text, options_, &normal, &reason) && index(normal);
}

JsonCursor JsonDocument::cursor() const {
  JsonCursor cursor;
  cursor.text = buffer_.data();
  cursor.token = index_.begin();
  cursor.limit = static_cast<uint32_t>(length_);
  return cursor;
}

bool JsonDocument::Find(const JsonPath& path, std::string* out) {
  JsonCursor at = cursor();
  Matches matches;
  if (!Walk(&at, path, 0, &matches) || matches.count == 0) return false;
  if (matches.count > 1) {
    out->push_back('[');
    out->append(matches.text);
    out->push_back(']');
  } else if (!matches.wildcard && matches.text.starts_with('"')) {
    return UnescapeJson(std::string_view(matches.text).substr(1, matches.text.size() - 2), out);
  } else {
    out->append(matches.text);
  }
  return true;
}

// Always moves behind the value.
bool JsonDocument::Walk(JsonCursor* cursor, const JsonPath& path, size_t step, Matches* matches) {
  const char first = cursor->Peek();
  if (step == path.steps.size()) {
    if (first == 'n') return reader_.Skip(cursor);
    ++matches->count;
    if (!matches->text.empty()) matches->text.push_back(',');
    return reader_.WriteValue(cursor, &matches->text);
  }
  const JsonPathStep& wanted = path.steps[step];
  const bool object = wanted.kind == JsonPathStep::kKey;
  if (first != (object ? '{' : '[')) return reader_.Skip(cursor);
  if (wanted.kind == JsonPathStep::kEach) {
    const bool after_another = step > 0 && path.steps[step - 1].kind == JsonPathStep::kEach;
    // Only [*][*] flattens: what a wildcard finds below another one stays an array.
    if (matches->wildcard && !after_another) {
      Matches inner;
      if (!Walk(cursor, path, step, &inner)) return false;
      if (inner.count > 0) ++matches->count;
      if (!matches->text.empty()) matches->text.push_back(',');
      matches->text.append("[" + inner.text + "]");
      return true;
    }
    matches->wildcard = true;
  }
  const char close = object ? '}' : ']';
  cursor->Next();
  if (cursor->Peek() == close) {
    cursor->Next();
    return true;
  }
  bool found = false;
  for (int64_t index = 0;; ++index) {
    bool match = !found;
    if (object) {
      const JsonStringToken token = ScanJsonString(cursor->at(), cursor->end());
      if (token.end == nullptr) return false;
      std::string unescaped;
      if (token.escaped && !UnescapeJson(token.raw(), &unescaped)) return false;
      match = match && (token.escaped ? std::string_view(unescaped) : token.raw()) == wanted.key;
      cursor->Next();
      cursor->Next();  // the colon
    } else if (wanted.kind == JsonPathStep::kIndex) {
      match = match && index == wanted.index;
    }
    if (match) {
      found = wanted.kind != JsonPathStep::kEach;
      if (!Walk(cursor, path, step + 1, matches)) return false;
    } else if (!reader_.Skip(cursor)) {
      return false;
    }
    const char next = cursor->Peek();
    cursor->Next();
    if (next == close) return true;
  }
}

}  // namespace headrace
