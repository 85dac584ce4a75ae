#include "functions/json/json_normalizer.h"

#include "functions/json/json_text.h"
#include "functions/json/json_writer.h"
#include "functions/string/characters.h"

namespace headrace {
namespace {

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Normalizer {
 public:
  Normalizer(std::string_view text, const JsonReadOptions& options, std::string* out)
      : text_(text), options_(options), out_(out) {}

  bool Value(int depth = 0) {
    if (!Space()) return false;
    if (depth > kJsonDeepest) return Fail("it is nested deeper than 1000 levels");
    if (at_ >= text_.size()) return Fail("it ends where a value is expected");
    switch (text_[at_]) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"':
        return String();
      case '\'':
        if (options_.allow_single_quotes) return String();
        break;
      default:
        break;
    }
    return Scalar();
  }

  std::string reason;

 private:
  bool Fail(std::string why) {
    reason = std::move(why) + " (at byte " + std::to_string(at_) + ")";
    return false;
  }

  // Passes over whitespace and comments.
  bool Space() {
    while (at_ < text_.size()) {
      if (IsJsonSpace(text_[at_])) {
        ++at_;
      } else if (options_.allow_comments && text_.substr(at_).starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return Fail("a comment is not closed");
        at_ = end + 2;
      } else if (options_.allow_comments && text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        break;
      }
    }
    return true;
  }

  bool Next(char expected) {
    if (!Space()) return false;
    if (at_ < text_.size() && text_[at_] == expected) {
      ++at_;
      out_->push_back(expected);
      return true;
    }
    return false;
  }

  bool Object(int depth) {
    Next('{');
    if (Next('}')) return true;
    while (true) {
      if (!Space() || !Name()) return false;
      if (!Next(':')) return reason.empty() ? Fail("':' is missing") : false;
      if (!Value(depth + 1)) return false;
      if (Next('}')) return true;
      if (!reason.empty()) return false;
      if (!Next(',')) return Fail("',' or '}' is missing");
    }
  }

  bool Array(int depth) {
    Next('[');
    if (Next(']')) return true;
    while (true) {
      if (!Value(depth + 1)) return false;
      if (Next(']')) return true;
      if (!reason.empty()) return false;
      if (!Next(',')) return Fail("',' or ']' is missing");
    }
  }

  bool Name() {
    if (at_ >= text_.size()) return Fail("it ends where a field name is expected");
    const char c = text_[at_];
    if (c == '"' || (c == '\'' && options_.allow_single_quotes)) return String();
    const size_t start = at_;
    while (options_.allow_unquoted_field_names && at_ < text_.size() &&
           IsNameCharacter(text_[at_])) {
      ++at_;
    }
    if (at_ == start) return Fail("a field name in quotes is missing");
    AppendJsonString(text_.substr(start, at_ - start), out_);
    return true;
  }

  bool String() {
    const char quote = text_[at_++];
    std::string value;
    while (true) {
      if (at_ >= text_.size()) return Fail("a string is not closed");
      const char c = text_[at_];
      if (c == quote) break;
      if (c == '\\') {
        if (!Escape(&value)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20 && !options_.allow_unquoted_control_characters) {
        return Fail("a string holds a control character");
      }
      value.push_back(c);
      ++at_;
    }
    ++at_;
    AppendJsonString(value, out_);
    return true;
  }

  bool Escape(std::string* value) {
    const size_t length =
        text_.substr(at_).starts_with("\\u")
            ? (text_.substr(std::min(at_ + 6, text_.size())).starts_with("\\u") ? 12 : 6)
            : 2;
    // A pair of surrogates makes one character; two escapes that are none are read one by one.
    for (const size_t size : {length, std::min<size_t>(length, 6)}) {
      const size_t before = value->size();
      if (size <= text_.size() - at_ && UnescapeJson(text_.substr(at_, size), value)) {
        at_ += size;
        return true;
      }
      value->resize(before);
    }
    const bool single = at_ + 1 < text_.size() && text_[at_ + 1] == '\'';
    if (at_ + 1 < text_.size() && (options_.allow_backslash_escaping_any_character || single)) {
      value->push_back(text_[at_ + 1]);
      at_ += 2;
      return true;
    }
    return Fail("a string holds an escape that JSON does not have");
  }

  bool Scalar() {
    const char* const at = text_.data() + at_;
    const char* const limit = text_.data() + text_.size();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (Word(word)) return Copy(word.size());
    }
    size_t zeros = 0;
    if (options_.allow_numeric_leading_zeros) {
      const size_t digits = at_ + (*at == '-' ? 1 : 0);
      while (digits + zeros + 1 < text_.size() && text_[digits + zeros] == '0' &&
             std::isdigit(static_cast<unsigned char>(text_[digits + zeros + 1]))) {
        ++zeros;
      }
      if (zeros > 0) {
        if (*at == '-') {
          out_->push_back('-');
          ++at_;
        }
        at_ += zeros;
        return Scalar();
      }
    }
    size_t end = at_;
    while (end < text_.size() && text_[end] != '/') ++end;
    const char* const stop = options_.allow_comments ? text_.data() + end : limit;
    const JsonNumberToken number = ScanJsonNumber(at, stop, options_.allow_non_numeric_numbers);
    if (number.kind == JsonNumberKind::kNone) return Fail("there is no JSON value");
    return Copy(number.text.size());
  }

  bool Word(std::string_view word) const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(word) &&
           (rest.size() == word.size() || !IsNameCharacter(rest[word.size()]));
  }

  bool Copy(size_t length) {
    out_->append(text_.substr(at_, length));
    at_ += length;
    return true;
  }

  std::string_view text_;
  const JsonReadOptions& options_;
  std::string* out_;
  size_t at_ = 0;
};

}  // namespace

bool NormalizeJson(std::string_view text, const JsonReadOptions& options, std::string* out,
                   std::string* reason) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Normalizer normalizer(text, options, out);
  if (normalizer.Value()) return true;
  *reason = normalizer.reason;
  return false;
}

}  // namespace headrace
