// parse_url(url, part[, key]).
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

struct Url {
  string_view protocol, authority, user_info, host, path, query, reference;
  bool has_query = false, has_reference = false;
};

Url Split(string_view text) {
  Url url;
  if (const size_t hash = text.find('#'); hash != string_view::npos) {
    url.reference = text.substr(hash + 1);
    url.has_reference = true;
    text = text.substr(0, hash);
  }
  if (const size_t mark = text.find('?'); mark != string_view::npos) {
    url.query = text.substr(mark + 1);
    url.has_query = true;
    text = text.substr(0, mark);
  }
  if (const size_t colon = text.find(':'); colon != string_view::npos && text.find('/') > colon) {
    url.protocol = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t slash = std::min(text.find('/'), text.size());
    url.authority = text.substr(0, slash);
    text.remove_prefix(slash);
    string_view host = url.authority;
    if (const size_t at = host.rfind('@'); at != string_view::npos) {
      url.user_info = host.substr(0, at);
      host.remove_prefix(at + 1);
    }
    const size_t port = host.find(':', host.starts_with('[') ? host.find(']') : 0);
    url.host = host.substr(0, port);
  }
  url.path = text;
  return url;
}

bool QueryValue(string_view query, string_view key, std::string* out) {
  while (true) {
    const size_t end = query.find('&');
    const string_view pair = query.substr(0, end);
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=') {
      out->append(pair.substr(key.size() + 1));
      return true;
    }
    if (end == string_view::npos) return false;
    query.remove_prefix(end + 1);
  }
}

bool ParseUrl(std::string* out, string_view text, string_view part, const string_view* key) {
  const Url url = Split(text);
  const auto give = [&](string_view value, bool present) {
    if (present) out->append(value);
    return present;
  };
  if (key != nullptr) return part == "QUERY" && url.has_query && QueryValue(url.query, *key, out);
  if (part == "HOST") return give(url.host, !url.host.empty());
  if (part == "PATH") return give(url.path, true);
  if (part == "QUERY") return give(url.query, url.has_query);
  if (part == "REF") return give(url.reference, url.has_reference);
  if (part == "PROTOCOL") return give(url.protocol, !url.protocol.empty());
  if (part == "AUTHORITY") return give(url.authority, !url.authority.empty());
  if (part == "USERINFO") return give(url.user_info, !url.user_info.empty());
  if (part == "FILE") {
    out->append(url.path);
    if (url.has_query) out->append("?").append(url.query);
    return true;
  }
  return false;
}

}  // namespace

void RegisterUrlFunctions(FunctionRegistry* registry) {
  FixedFunction parse;
  parse.names = {"parse_url", "try_parse_url"};
  parse.documentation = {"parse_url(url, part[, key]) -> string",
                         "HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of a URL, "
                         "or the value of a key in its query.",
                         "parse_url('http://spark.apache.org/path?query=1', 'HOST')"};
  parse.parameters = {arrow::utf8(), arrow::utf8(), arrow::utf8()};
  parse.required = 2;
  parse.result = arrow::utf8();
  parse.nulls = NullBehaviour::kCustom;
  parse.make = [](Arguments* arguments, const BindContext&) -> Result<ScalarKernel> {
    if (arguments->size() == 2) {
      return RowKernel<std::string, string_view, string_view>(
          arrow::utf8(), [](std::string* out, string_view url, string_view part) {
            return ParseUrl(out, url, part, nullptr);
          });
    }
    return RowKernel<std::string, string_view, string_view, string_view>(
        arrow::utf8(), [](std::string* out, string_view url, string_view part, string_view key) {
          return ParseUrl(out, url, part, &key);
        });
  };
  AddFixed(registry, std::move(parse));
}

}  // namespace headrace
