// Tables as `show()` prints them, and as HTML.
#include <algorithm>

#include "types/control_characters.h"
#include "types/value_text.h"

namespace headrace {

namespace {

// Decodes the UTF-8 character at *position and moves behind it; a byte that begins none counts as
// one character.
uint32_t NextCharacter(std::string_view text, size_t* position) {
  const auto first = static_cast<unsigned char>(text[*position]);
  int length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (*position + length > text.size()) length = 1;
  uint32_t character = length == 1 ? first : first & (0x7f >> length);
  for (int i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[*position + i]) & 0x3f);
  }
  *position += length;
  return character;
}

// Java counts characters in UTF-16 units.
int Utf16Units(uint32_t character) { return character >= 0x10000 ? 2 : 1; }

// East Asian characters that take two cells of a terminal.
bool IsWide(uint32_t c) {
  static constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
      {0xfe10, 0xfe19}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [c](const auto& range) { return c >= range.first && c <= range.second; });
}

size_t Width(std::string_view text) {
  size_t width = 0;
  for (size_t position = 0; position < text.size();) {
    const uint32_t character = NextCharacter(text, &position);
    width += Utf16Units(character) + (IsWide(character) ? 1 : 0);
  }
  return width;
}

// At most `truncate` characters, the last three of them dots; 0: all.
std::string Truncate(std::string text, int32_t truncate) {
  if (truncate <= 0) return text;
  const int32_t kept = truncate < 4 ? truncate : truncate - 3;
  int32_t units = 0;
  size_t cut = 0;
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    units += Utf16Units(NextCharacter(text, &position));
    if (units <= kept) cut = position;
    if (units > truncate) {
      text.resize(std::min(cut, start));
      return truncate < 4 ? text : text + "...";
    }
  }
  return text;
}

struct Cells {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  bool more = false;
};

Cells MakeCells(const arrow::Schema& schema,
                const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches, int64_t num_rows,
                int32_t truncate, const TimeZone& zone) {
  Cells cells;
  for (const FieldPtr& field : schema.fields())
    cells.names.push_back(EscapeControlCharacters(field->name()));
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (static_cast<int64_t>(cells.rows.size()) == num_rows) {
        cells.more = true;
        return cells;
      }
      std::vector<std::string> texts;
      texts.reserve(batch->num_columns());
      for (const auto& column : batch->columns()) {
        std::string text;
        AppendValue(*column, row, zone, TextStyle::kShow, &text);
        texts.push_back(Truncate(EscapeControlCharacters(text), truncate));
      }
      cells.rows.push_back(std::move(texts));
    }
  }
  return cells;
}

void AppendPadded(const std::string& text, size_t width, bool right_aligned, std::string* out) {
  const size_t used = Width(text);
  const size_t padding = width > used ? width - used : 0;
  if (right_aligned) out->append(padding, ' ');
  *out += text;
  if (!right_aligned) out->append(padding, ' ');
}

constexpr size_t kMinimumWidth = 3;

std::string Horizontal(const Cells& cells, bool right_aligned) {
  std::vector<size_t> widths;
  for (const std::string& name : cells.names)
    widths.push_back(std::max(kMinimumWidth, Width(name)));
  for (const auto& row : cells.rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string separator = "+";
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) separator += '+';
    separator.append(widths[i], '-');
  }
  separator += "+\n";
  std::string out = separator;
  const auto append_row = [&](const std::vector<std::string>& row) {
    out += '|';
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += '|';
      AppendPadded(row[i], widths[i], right_aligned, &out);
    }
    out += "|\n";
  };
  append_row(cells.names);
  out += separator;
  for (const auto& row : cells.rows) append_row(row);
  return out + separator;
}

std::string Vertical(const Cells& cells) {
  size_t name_width = kMinimumWidth;
  size_t value_width = kMinimumWidth;
  for (const std::string& name : cells.names) name_width = std::max(name_width, Width(name));
  for (const auto& row : cells.rows) {
    for (const std::string& text : row) value_width = std::max(value_width, Width(text));
  }
  std::string out;
  for (size_t i = 0; i < cells.rows.size(); ++i) {
    std::string header = "-RECORD " + std::to_string(i);
    // Two spaces, a bar and two spaces stand around name and value.
    header.append(
        name_width + value_width + 5 - std::min(header.size(), name_width + value_width + 5), '-');
    out += header + "\n";
    for (size_t j = 0; j < cells.names.size(); ++j) {
      out += ' ';
      AppendPadded(cells.names[j], name_width, /*right_aligned=*/false, &out);
      out += " | ";
      AppendPadded(cells.rows[i][j], value_width, /*right_aligned=*/false, &out);
      out += " \n";
    }
  }
  return out;
}

std::string Footer(int64_t num_rows) {
  return "only showing top " + std::to_string(num_rows) + (num_rows == 1 ? " row" : " rows");
}

std::string EscapeHtml(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

void AppendHtmlRow(const std::vector<std::string>& texts, const std::string& tag,
                   std::string* out) {
  *out += "<tr><" + tag + ">";
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) *out += "</" + tag + "><" + tag + ">";
    *out += EscapeHtml(texts[i]);
  }
  *out += "</" + tag + "></tr>\n";
}

}  // namespace

std::string ShowString(const arrow::Schema& schema,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                       int64_t num_rows, int32_t truncate, bool vertical, const TimeZone& zone) {
  num_rows = std::max<int64_t>(num_rows, 0);
  const Cells cells = MakeCells(schema, batches, num_rows, truncate, zone);
  std::string out = vertical ? Vertical(cells) : Horizontal(cells, truncate > 0);
  if (vertical && cells.rows.empty()) {
    out += "(0 rows)";
  } else if (cells.more) {
    out += Footer(num_rows);
  }
  return out;
}

std::string HtmlString(const arrow::Schema& schema,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                       int64_t num_rows, int32_t truncate, const TimeZone& zone) {
  num_rows = std::max<int64_t>(num_rows, 0);
  const Cells cells = MakeCells(schema, batches, num_rows, truncate, zone);
  std::string out = "<table border='1'>\n";
  AppendHtmlRow(cells.names, "th", &out);
  for (const auto& row : cells.rows) AppendHtmlRow(row, "td", &out);
  out += "</table>\n";
  if (cells.more) out += Footer(num_rows) + "\n";
  return out;
}

}  // namespace headrace
