// Functions over text, and hashes.
#include "headrace/functions.h"

#include "client/expression_node.h"
#include "client/function_arguments.h"

namespace headrace::inline v1::functions {

using client::Arguments;
using client::Call;
using client::Literal;

Column upper(const ColumnOrName& text) { return Call("upper", {text}); }
Column lower(const ColumnOrName& text) { return Call("lower", {text}); }
Column initcap(const ColumnOrName& text) { return Call("initcap", {text}); }
Column trim(const ColumnOrName& text) { return Call("trim", {text}); }
Column ltrim(const ColumnOrName& text) { return Call("ltrim", {text}); }
Column rtrim(const ColumnOrName& text) { return Call("rtrim", {text}); }
Column length(const ColumnOrName& text) { return Call("length", {text}); }
Column char_length(const ColumnOrName& text) { return Call("char_length", {text}); }
Column octet_length(const ColumnOrName& text) { return Call("octet_length", {text}); }
Column reverse(const ColumnOrName& column) { return Call("reverse", {column}); }
Column concat(const Columns& columns) { return Call("concat", Arguments(columns)); }
Column concat_ws(const std::string& separator, const Columns& columns) {
  return Call("concat_ws", Arguments(Literal(separator), columns));
}
Column split(const ColumnOrName& text, const std::string& pattern, int32_t limit) {
  return Call("split", {text, Literal(pattern), Literal(limit)});
}
Column split_part(const ColumnOrName& text, const ColumnOrName& delimiter,
                  const ColumnOrName& part) {
  return Call("split_part", {text, delimiter, part});
}
Column substring(const ColumnOrName& text, int32_t position, int32_t length) {
  return Call("substring", {text, Literal(position), Literal(length)});
}
Column substr(const ColumnOrName& text, const ColumnOrName& position) {
  return Call("substr", {text, position});
}
Column left(const ColumnOrName& text, const ColumnOrName& length) {
  return Call("left", {text, length});
}
Column right(const ColumnOrName& text, const ColumnOrName& length) {
  return Call("right", {text, length});
}
Column instr(const ColumnOrName& text, const std::string& part) {
  return Call("instr", {text, Literal(part)});
}
Column locate(const std::string& part, const ColumnOrName& text, int32_t position) {
  return Call("locate", {Literal(part), text, Literal(position)});
}
Column lpad(const ColumnOrName& text, int32_t length, const std::string& pad) {
  return Call("lpad", {text, Literal(length), Literal(pad)});
}
Column rpad(const ColumnOrName& text, int32_t length, const std::string& pad) {
  return Call("rpad", {text, Literal(length), Literal(pad)});
}
Column repeat(const ColumnOrName& text, int32_t times) {
  return Call("repeat", {text, Literal(times)});
}
Column replace(const ColumnOrName& text, const ColumnOrName& search,
               const ColumnOrName& replacement) {
  return Call("replace", {text, search, replacement});
}
Column translate(const ColumnOrName& text, const std::string& matching,
                 const std::string& replacement) {
  return Call("translate", {text, Literal(matching), Literal(replacement)});
}
Column regexp_replace(const ColumnOrName& text, const std::string& pattern,
                      const std::string& replacement) {
  return Call("regexp_replace", {text, Literal(pattern), Literal(replacement)});
}
Column regexp_extract(const ColumnOrName& text, const std::string& pattern, int32_t group) {
  return Call("regexp_extract", {text, Literal(pattern), Literal(group)});
}
Column format_number(const ColumnOrName& number, int32_t decimals) {
  return Call("format_number", {number, Literal(decimals)});
}
Column format_string(const std::string& format, const Columns& columns) {
  return Call("format_string", Arguments(Literal(format), columns));
}
Column ascii(const ColumnOrName& text) { return Call("ascii", {text}); }
Column base64(const ColumnOrName& column) { return Call("base64", {column}); }
Column unbase64(const ColumnOrName& column) { return Call("unbase64", {column}); }
Column hex(const ColumnOrName& column) { return Call("hex", {column}); }
Column unhex(const ColumnOrName& column) { return Call("unhex", {column}); }
Column encode(const ColumnOrName& text, const std::string& charset) {
  return Call("encode", {text, Literal(charset)});
}
Column decode(const ColumnOrName& bytes, const std::string& charset) {
  return Call("decode", {bytes, Literal(charset)});
}
Column levenshtein(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("levenshtein", {left, right});
}
Column soundex(const ColumnOrName& text) { return Call("soundex", {text}); }
Column contains(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("contains", {left, right});
}
Column startswith(const ColumnOrName& text, const ColumnOrName& prefix) {
  return Call("startswith", {text, prefix});
}
Column endswith(const ColumnOrName& text, const ColumnOrName& suffix) {
  return Call("endswith", {text, suffix});
}

Column md5(const ColumnOrName& column) { return Call("md5", {column}); }
Column sha1(const ColumnOrName& column) { return Call("sha1", {column}); }
Column sha2(const ColumnOrName& column, int32_t bits) {
  return Call("sha2", {column, Literal(bits)});
}
Column crc32(const ColumnOrName& column) { return Call("crc32", {column}); }
Column hash(const Columns& columns) { return Call("hash", Arguments(columns)); }
Column xxhash64(const Columns& columns) { return Call("xxhash64", Arguments(columns)); }

}  // namespace headrace::inline v1::functions
