#include "connectors/file/file_path.h"

#include <arrow/util/utf8.h>

#include "base/remote_path.h"

namespace headrace {

namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

void AppendPercent(unsigned char byte, std::string* out) {
  *out += '%';
  *out += kHexDigits[byte >> 4];
  *out += kHexDigits[byte & 15];
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string DecodePercents(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

bool IsAsciiLetterOrDigit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsUriPathByte(unsigned char c) {
  return IsAsciiLetterOrDigit(c) ||
         std::string_view("_-!.~'()*@&=+$,:;/").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

}  // namespace

std::string FileUri(std::string_view absolute_path) {
  std::string out = "file://";
  if (IsRemote(absolute_path)) {
    const RemotePath parts = SplitRemotePath(absolute_path);
    out = absolute_path.substr(0, absolute_path.size() - parts.path.size());
    absolute_path = parts.path;
  }
  out.reserve(out.size() + absolute_path.size());
  // A name that is no UTF-8 could not go into a log's JSON, so all of its high bytes are encoded.
  arrow::util::InitializeUTF8();
  const bool text = arrow::util::ValidateUTF8(absolute_path);
  for (const char c : absolute_path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 ? text : IsUriPathByte(byte)) {
      out += c;
    } else {
      AppendPercent(byte, &out);
    }
  }
  return out;
}

Result<std::string> PathOfFileUri(const std::string& uri) {
  if (!uri.starts_with("file:") && !IsRemote(uri)) return StripFileScheme(uri);
  ARROW_ASSIGN_OR_RAISE(auto path, StripFileScheme(uri));
  return DecodePercents(path);
}

std::string QualifiedPath(std::string_view absolute_path) {
  return (IsRemote(absolute_path) ? "" : "file:") + std::string(absolute_path);
}

bool IsHiddenName(std::string_view name) {
  if (name.starts_with('.') || name.ends_with("._COPYING_")) return true;
  return name.starts_with('_') && name.find('=') == std::string_view::npos;
}

bool HasGlob(std::string_view path) {
  return path.find_first_of("{}[]*?\\") != std::string_view::npos;
}

std::string EscapePartitionText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F ||
        std::string_view("\"#%'*/:=?\\{[]^").find(c) != std::string_view::npos) {
      AppendPercent(byte, &out);
    } else {
      out += c;
    }
  }
  return out;
}

std::string UnescapePartitionText(std::string_view text) { return DecodePercents(text); }

}  // namespace headrace
