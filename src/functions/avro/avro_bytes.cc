#include "functions/avro/avro_bytes.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace headrace {

namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 1000;

Status BadDefault(const Json& value, const AvroType& type) {
  return MakeError(ErrorKind::kSpark, "",
                   "The default " + value.dump().substr(0, 100) + " in the Avro schema is no " +
                       AvroKindName(type.kind) + ".");
}

// Avro writes bytes as a string whose characters are the bytes.
Result<std::string> BytesOf(const Json& value, const AvroType& type) {
  if (!value.is_string()) return BadDefault(value, type);
  const auto text = value.get<std::string>();
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      bytes += text[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size()) {
      bytes += static_cast<char>(((byte & 3) << 6) | (text[++i] & 0x3F));
    } else {
      return BadDefault(value, type);
    }
  }
  return bytes;
}

Status Append(const Json& value, const AvroType& type, std::string* out) {
  switch (type.kind) {
    case AvroKind::kNull:
      return value.is_null() ? Status::OK() : BadDefault(value, type);
    case AvroKind::kBoolean:
      if (!value.is_boolean()) return BadDefault(value, type);
      *out += static_cast<char>(value.get<bool>());
      return Status::OK();
    case AvroKind::kInt:
    case AvroKind::kLong:
      if (!value.is_number_integer()) return BadDefault(value, type);
      AppendAvroLong(value.get<int64_t>(), out);
      return Status::OK();
    case AvroKind::kFloat:
      if (!value.is_number()) return BadDefault(value, type);
      AppendAvroFixed(value.get<float>(), out);
      return Status::OK();
    case AvroKind::kDouble:
      if (!value.is_number()) return BadDefault(value, type);
      AppendAvroFixed(value.get<double>(), out);
      return Status::OK();
    case AvroKind::kString:
      if (!value.is_string()) return BadDefault(value, type);
      AppendAvroBytes(value.get<std::string>(), out);
      return Status::OK();
    case AvroKind::kBytes: {
      ARROW_ASSIGN_OR_RAISE(const auto bytes, BytesOf(value, type));
      AppendAvroBytes(bytes, out);
      return Status::OK();
    }
    case AvroKind::kFixed: {
      ARROW_ASSIGN_OR_RAISE(const auto bytes, BytesOf(value, type));
      if (static_cast<int64_t>(bytes.size()) != type.size) return BadDefault(value, type);
      *out += bytes;
      return Status::OK();
    }
    case AvroKind::kEnum: {
      const auto& symbols = type.symbols;
      const auto found = value.is_string()
                             ? std::find(symbols.begin(), symbols.end(), value.get<std::string>())
                             : symbols.end();
      if (found == symbols.end()) return BadDefault(value, type);
      AppendAvroLong(found - symbols.begin(), out);
      return Status::OK();
    }
    case AvroKind::kArray:
    case AvroKind::kMap: {
      const bool array = type.kind == AvroKind::kArray;
      if (array ? !value.is_array() : !value.is_object()) return BadDefault(value, type);
      if (!value.empty()) AppendAvroLong(static_cast<int64_t>(value.size()), out);
      for (const auto& [key, item] : value.items()) {
        if (!array) AppendAvroBytes(key, out);
        ARROW_RETURN_NOT_OK(Append(item, *type.children[0], out));
      }
      AppendAvroLong(0, out);
      return Status::OK();
    }
    case AvroKind::kRecord:
      if (!value.is_object()) return BadDefault(value, type);
      for (const AvroField& field : type.fields) {
        if (value.contains(field.name)) {
          ARROW_RETURN_NOT_OK(Append(value[field.name], *field.type, out));
        } else if (!field.default_json.empty()) {
          ARROW_RETURN_NOT_OK(Append(Json::parse(field.default_json), *field.type, out));
        } else {
          return BadDefault(value, type);
        }
      }
      return Status::OK();
    case AvroKind::kUnion:
      // That of the first branch, or of any that it fits, as newer versions of Avro have it.
      for (size_t i = 0; i < type.children.size(); ++i) {
        std::string one;
        AppendAvroLong(static_cast<int64_t>(i), &one);
        if (!Append(value, *type.children[i], &one).ok()) continue;
        *out += one;
        return Status::OK();
      }
      return BadDefault(value, type);
  }
  return BadDefault(value, type);
}

}  // namespace

bool AvroCursor::Skip(const AvroType& type, int depth) {
  if (depth > kMaxDepth) return false;
  int64_t number;
  std::string_view bytes;
  switch (type.kind) {
    case AvroKind::kNull:
      return true;
    case AvroKind::kBoolean:
      return ReadRaw(1, &bytes);
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum:
      return ReadLong(&number);
    case AvroKind::kFloat:
      return ReadRaw(4, &bytes);
    case AvroKind::kDouble:
      return ReadRaw(8, &bytes);
    case AvroKind::kBytes:
    case AvroKind::kString:
      return ReadBytes(&bytes);
    case AvroKind::kFixed:
      return ReadRaw(type.size, &bytes);
    case AvroKind::kRecord:
      return std::all_of(type.fields.begin(), type.fields.end(),
                         [&](const AvroField& field) { return Skip(*field.type, depth + 1); });
    case AvroKind::kUnion:
      return ReadLong(&number) && number >= 0 &&
             number < static_cast<int64_t>(type.children.size()) &&
             Skip(*type.children[number], depth + 1);
    case AvroKind::kArray:
    case AvroKind::kMap:
      while (true) {
        int64_t count;
        if (!ReadLong(&count)) return false;
        if (count == 0) return true;
        if (count < 0) {
          // The block's size is told, so that it can be passed over at once.
          if (!ReadLong(&number) || !ReadRaw(number, &bytes)) return false;
          continue;
        }
        const bool map = type.kind == AvroKind::kMap;
        for (; count > 0; --count) {
          const char* const before = at;
          if ((map && !ReadBytes(&bytes)) || !Skip(*type.children[0], depth + 1)) return false;
          if (at == before) break;  // values without bytes: their number does not matter
        }
      }
  }
  return false;
}

Result<std::string> EncodeAvroDefault(const std::string& json, const AvroType& type) {
  std::string bytes;
  ARROW_RETURN_NOT_OK(Append(Json::parse(json, nullptr, /*allow_exceptions=*/false), type, &bytes));
  return bytes;
}

}  // namespace headrace
