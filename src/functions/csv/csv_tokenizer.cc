#include "functions/csv/csv_tokenizer.h"

#include <algorithm>

namespace headrace {

namespace {

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

}  // namespace

CsvTokenizer::CsvTokenizer(const CsvOptions& options) : options_(options) {}

bool CsvTokenizer::IsIgnored(std::string_view line) const {
  if (options_.comment != 0 && !line.empty() && line.front() == options_.comment) return true;
  return std::all_of(line.begin(), line.end(), IsCsvSpace);
}

bool CsvTokenizer::AtSeparator(std::string_view text, size_t position) const {
  return text.compare(position, options_.separator.size(), options_.separator) == 0;
}

bool CsvTokenizer::AtEnd(std::string_view text, size_t position) const {
  return position >= text.size() || (options_.multi_line && IsLineEnd(text[position]));
}

std::string* CsvTokenizer::NewBuffer() {
  if (used_ == buffers_.size()) buffers_.emplace_back();
  std::string* buffer = &buffers_[used_++];
  buffer->clear();
  return buffer;
}

void CsvTokenizer::Cut(std::string_view text, size_t* position, std::vector<CsvValue>* values) {
  size_t at = *position;
  while (true) {
    if (options_.ignore_leading_space) {
      while (!AtEnd(text, at) && IsCsvSpace(text[at]) && !AtSeparator(text, at)) ++at;
    }
    if (AtEnd(text, at)) {
      values->push_back({});
      break;
    }
    if (AtSeparator(text, at)) {
      values->push_back({});
    } else {
      values->push_back(options_.quote != 0 && text[at] == options_.quote ? CutQuoted(text, &at)
                                                                          : CutPlain(text, &at));
    }
    if (AtEnd(text, at)) break;
    at += options_.separator.size();
  }
  if (at < text.size() && text[at] == '\r') ++at;
  if (at < text.size() && text[at] == '\n') ++at;
  *position = at;
}

CsvValue CsvTokenizer::CutPlain(std::string_view text, size_t* position) const {
  const size_t begin = *position;
  size_t end = text.find(options_.separator, begin);
  if (end == std::string_view::npos) end = text.size();
  if (options_.multi_line) {
    const size_t line_end = text.substr(begin, end - begin).find_first_of("\r\n");
    if (line_end != std::string_view::npos) end = begin + line_end;
  }
  *position = end;
  std::string_view value = text.substr(begin, end - begin);
  if (options_.ignore_trailing_space) {
    while (!value.empty() && IsCsvSpace(value.back())) value.remove_suffix(1);
  }
  return {value, false};
}

CsvValue CsvTokenizer::CutQuoted(std::string_view text, size_t* position) {
  const size_t begin = *position + 1;
  if (begin == text.size()) {
    *position = begin;
    return {text.substr(begin - 1), false};
  }
  // Most values end at the next quote and hold no escape.
  size_t end = begin;
  while (end < text.size() && text[end] != options_.quote && text[end] != options_.escape &&
         text[end] != '\r') {
    ++end;
  }
  const bool plain = end < text.size() && text[end] == options_.quote &&
                     (AtEnd(text, end + 1) || AtSeparator(text, end + 1));
  if (plain) {
    *position = end + 1;
    return {text.substr(begin, end - begin), true};
  }
  *position = begin;
  return {Unescape(text, position), true};
}

void CsvTokenizer::AppendToSeparator(std::string_view text, size_t* position,
                                     std::string* out) const {
  while (!AtEnd(text, *position) && !AtSeparator(text, *position)) *out += text[(*position)++];
  if (options_.ignore_trailing_space) {
    while (!out->empty() && IsCsvSpace(out->back())) out->pop_back();
  }
}

std::string_view CsvTokenizer::Unescape(std::string_view text, size_t* position) {
  std::string& out = *NewBuffer();
  const char quote = options_.quote;
  const char escape = options_.escape;
  size_t& at = *position;
  char previous = 0;  // a quote or an escape whose meaning depends on what follows
  const auto take_as_it_stands = [&] {
    out.insert(out.begin(), quote);
    AppendToSeparator(text, &at, &out);
    return std::string_view(out);
  };
  while (at < text.size()) {
    const char c = text[at];
    if (previous == quote && (AtEnd(text, at) || AtSeparator(text, at))) return out;
    if (previous == quote && IsCsvSpace(c)) {
      // White space between the closing quote and the separator does not count.
      const size_t space = at;
      while (!AtEnd(text, at) && IsCsvSpace(text[at]) && !AtSeparator(text, at)) ++at;
      if (AtEnd(text, at) || AtSeparator(text, at)) return out;
      out += quote;
      out.append(text.substr(space, at + 1 - space));
      ++at;
      return take_as_it_stands();
    }
    ++at;
    if (c != quote && c != escape) {
      if (previous == quote) {
        out += quote;
        out += c;
        return take_as_it_stands();
      }
      if (previous != 0 && previous == escape) out += escape;
      previous = 0;
      // Line ends within quotes become \n.
      if (c == '\r' && at < text.size() && text[at] == '\n') continue;
      out += c;
      continue;
    }
    char meaning = c;
    if (c == escape && previous == options_.escape_of_escape && previous != 0) {
      out += escape;
      meaning = 0;
    } else if (previous != 0 && previous == escape) {
      if (c == quote) {
        out += quote;
        meaning = 0;
      } else {
        out += previous;
      }
    } else if (c == quote && previous == quote) {
      out += quote;
    } else if (previous == quote) {
      out += quote;
      out += c;
      return take_as_it_stands();
    }
    previous = meaning;
  }
  return out;
}

Status CheckCsvLimits(const std::vector<CsvValue>& values, const CsvOptions& options) {
  const auto fail = [&](const std::string& what, const char* option) {
    const std::string record(values.front().text.substr(0, 100));
    return MakeError(ErrorKind::kRuntime, "MALFORMED_CSV_RECORD",
                     "The record that begins with '" + record + "' has " + what +
                         " than the option " + option + " allows. Raise it, or correct the text.",
                     {{"badRecord", record}});
  };
  if (static_cast<int64_t>(values.size()) > options.max_columns) {
    return fail("more values", "maxColumns");
  }
  if (options.max_value_bytes < 0) return Status::OK();
  for (const CsvValue& value : values) {
    if (static_cast<int64_t>(value.text.size()) > options.max_value_bytes) {
      return fail("a longer value", "maxCharsPerColumn");
    }
  }
  return Status::OK();
}

}  // namespace headrace
