#include "functions/string/regex.h"

#include <map>

#include <fmt/format.h>

namespace headrace {
namespace {

Status Unsupported(const std::string& pattern, const std::string& construct) {
  return NotSupported(
      fmt::format("{} in the regular expression '{}'", construct, pattern),
      "regular expressions run in linear time here, which rules this construct out; "
      "rewrite the pattern without it");
}

// Java's POSIX classes inside or outside of brackets.
const std::map<std::string, std::string>& PosixClasses() {
  static const std::map<std::string, std::string> classes = {
      {"Lower", "[:lower:]"}, {"Upper", "[:upper:]"},       {"ASCII", "[:ascii:]"},
      {"Alpha", "[:alpha:]"}, {"Digit", "[:digit:]"},       {"Alnum", "[:alnum:]"},
      {"Punct", "[:punct:]"}, {"Graph", "[:graph:]"},       {"Print", "[:print:]"},
      {"Blank", "[:blank:]"}, {"Cntrl", "[:cntrl:]"},       {"XDigit", "[:xdigit:]"},
      {"Space", "[:space:]"}, {"IsAlphabetic", "\\pL"},     {"IsDigit", "\\p{Nd}"},
      {"IsLetter", "\\pL"},   {"javaLowerCase", "\\p{Ll}"}, {"javaUpperCase", "\\p{Lu}"}};
  return classes;
}

class Translator {
 public:
  explicit Translator(const std::string& pattern) : pattern_(pattern) {}

  Result<std::string> Run() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        ARROW_RETURN_NOT_OK(Escape());
      } else if (c == '[') {
        ARROW_RETURN_NOT_OK(Bracket());
      } else if (c == ']' && depth_ > 0) {
        --depth_;
        Copy(1);
      } else if (depth_ > 0) {
        if (Rest().starts_with("&&")) {
          return Unsupported(pattern_, "an intersection of character classes (&&)");
        }
        Copy(1);
      } else if (c == '(') {
        ARROW_RETURN_NOT_OK(Group());
      } else if ((c == '*' || c == '+' || c == '?' || c == '}') && at_ + 1 < pattern_.size() &&
                 pattern_[at_ + 1] == '+') {
        return Unsupported(pattern_, "a possessive quantifier");
      } else {
        Copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view Rest() const { return std::string_view(pattern_).substr(at_); }
  void Copy(size_t count) {
    out_.append(pattern_, at_, count);
    at_ += count;
  }

  Status Escape() {
    if (at_ + 1 >= pattern_.size()) {
      Copy(1);
      return Status::OK();
    }
    const char c = pattern_[at_ + 1];
    if (c >= '1' && c <= '9' && depth_ == 0) {
      return Unsupported(pattern_, fmt::format("the back reference \\{}", c));
    }
    if (c == 'k') return Unsupported(pattern_, "a back reference (\\k)");
    if (c == 'G') return Unsupported(pattern_, "\\G");
    if (c == 'Z') {
      out_ += "(?:\\n?\\z)";
      at_ += 2;
    } else if (c == 'e') {
      out_ += "\\x1b";
      at_ += 2;
    } else if (c == 'h') {
      out_ += depth_ > 0 ? " \\t" : "[ \\t]";
      at_ += 2;
    } else if (c == 'R') {
      out_ += "(?:\\r\\n|[\\n\\r\\v\\f])";
      at_ += 2;
    } else if (c == 'u' && at_ + 5 < pattern_.size()) {
      out_ += "\\x{" + pattern_.substr(at_ + 2, 4) + "}";
      at_ += 6;
    } else if ((c == 'p' || c == 'P') && at_ + 2 < pattern_.size() && pattern_[at_ + 2] == '{') {
      return Property(c == 'P');
    } else if (static_cast<unsigned char>(c) < 0x80 &&
               !std::isalnum(static_cast<unsigned char>(c))) {
      // Java lets any such character be escaped.
      out_ += re2::RE2::QuoteMeta(std::string(1, c));
      at_ += 2;
    } else {
      Copy(2);
    }
    return Status::OK();
  }

  Status Property(bool negated) {
    const size_t end = pattern_.find('}', at_);
    if (end == std::string::npos) {
      Copy(2);
      return Status::OK();
    }
    const std::string name = pattern_.substr(at_ + 3, end - at_ - 3);
    auto found = PosixClasses().find(name);
    if (found == PosixClasses().end()) {
      // \p{L}, \p{IsGreek} and the like.
      out_ += negated ? "\\P{" : "\\p{";
      out_ += (name.starts_with("Is") ? name.substr(2) : name) + "}";
    } else if (found->second[0] == '[') {
      std::string posix = found->second;
      if (negated) posix.insert(1 + 1, "^");
      out_ += depth_ > 0 ? posix : "[" + posix + "]";
    } else {
      out_ += negated ? "[^" + found->second + "]" : found->second;
    }
    at_ = end + 1;
    return Status::OK();
  }

  Status Bracket() {
    if (depth_ > 0) {
      return Unsupported(pattern_, "a union of character classes ([a[b]])");
    }
    ++depth_;
    Copy(1);
    if (at_ < pattern_.size() && pattern_[at_] == '^') Copy(1);
    // A bracket that stands first is a character.
    if (at_ < pattern_.size() && pattern_[at_] == ']') Copy(1);
    return Status::OK();
  }

  Status Group() {
    const std::string_view rest = Rest();
    if (rest.starts_with("(?=") || rest.starts_with("(?!")) {
      return Unsupported(pattern_, fmt::format("look-ahead ({})", rest.substr(0, 3)));
    }
    if (rest.starts_with("(?<=") || rest.starts_with("(?<!")) {
      return Unsupported(pattern_, fmt::format("look-behind ({})", rest.substr(0, 4)));
    }
    if (rest.starts_with("(?>")) return Unsupported(pattern_, "an atomic group (?>");
    if (rest.starts_with("(?<")) {
      out_ += "(?P<";
      at_ += 3;
      return Status::OK();
    }
    Copy(1);
    return Status::OK();
  }

  const std::string& pattern_;
  size_t at_ = 0;
  int depth_ = 0;  // inside of brackets
  std::string out_;
};

}  // namespace

Result<RegexPtr> CompileRegex(const std::string& function, const std::string& pattern,
                              bool ignore_case) {
  ARROW_ASSIGN_OR_RAISE(std::string translated, Translator(pattern).Run());
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  auto regex = std::make_shared<const re2::RE2>(translated, options);
  if (!regex->ok()) {
    return MakeError(ErrorKind::kRuntime, "INVALID_PARAMETER_VALUE.PATTERN",
                     fmt::format("`{}`: '{}' is not a regular expression: {}", function, pattern,
                                 regex->error()),
                     {{"parameter", "`regexp`"},
                      {"functionName", "`" + function + "`"},
                      {"value", "'" + pattern + "'"}});
  }
  return regex;
}

Result<std::string> LikeToRegex(const std::string& pattern, char escape) {
  std::string regex = "(?s)\\A";
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == escape) {
      if (i + 1 >= pattern.size()) {
        return AnalysisError(
            "INVALID_FORMAT.ESC_AT_THE_END",
            fmt::format("the LIKE pattern '{}' ends with its escape character '{}'", pattern,
                        escape),
            {{"format", "'" + pattern + "'"}});
      }
      const char next = pattern[++i];
      if (next != '_' && next != '%' && next != escape) {
        return AnalysisError(
            "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
            fmt::format("in the LIKE pattern '{}' the escape character stands before '{}', where "
                        "only '_', '%' and itself may be escaped",
                        pattern, next),
            {{"format", "'" + pattern + "'"}, {"char", std::string("'") + next + "'"}});
      }
      regex += re2::RE2::QuoteMeta(std::string(1, next));
    } else if (c == '%') {
      regex += ".*";
    } else if (c == '_') {
      regex += ".";
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      regex += c;
    } else {
      regex += re2::RE2::QuoteMeta(std::string(1, c));
    }
  }
  return regex + "\\z";
}

bool IsLiteralRegex(const std::string& pattern, std::string* literal) {
  literal->clear();
  for (size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\') {
      if (++i >= pattern.size()) return false;
      c = pattern[i];
      if (static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c))) {
        return false;
      }
    } else if (std::strchr(".^$*+?()[]{}|", c) != nullptr) {
      return false;
    }
    literal->push_back(c);
  }
  return !pattern.empty();
}

}  // namespace headrace
