// md5, sha1, sha2, crc32, hash, xxhash64.
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "functions/introspection/introspection_topics.h"
#include "functions/introspection/spark_hash.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;

bool AppendDigest(string_view bytes, const EVP_MD* method, std::string* out) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, method, nullptr) != 1) {
    return false;
  }
  for (unsigned int i = 0; i < size; ++i) {
    out->push_back("0123456789abcdef"[digest[i] >> 4]);
    out->push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return true;
}

const EVP_MD* Sha2(int32_t bits) {
  switch (bits) {
    case 224:
      return EVP_sha224();
    case 0:
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

int64_t Crc32(string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = value & 1 ? value >> 1 ^ 0xEDB88320U : value >> 1;
      }
      entries[i] = value;
    }
    return entries;
  }();
  uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ crc >> 8;
  }
  return static_cast<int64_t>(~crc);
}

// The argument as binary; strings are their UTF-8 bytes.
Result<ExpressionPtr> BytesArgument(const std::string& name, const ExpressionPtr& argument,
                                    const BindContext& context) {
  if (argument->type()->id() == arrow::Type::BINARY) return argument;
  return Coerce(name, 0, argument, arrow::utf8(), context);
}

void AddDigest(FunctionRegistry* registry, std::vector<std::string> names,
               FunctionDocumentation documentation, size_t count, DataTypePtr type,
               std::function<ScalarKernel()> kernel) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.bind = [name = function.names.front(), count, type, kernel](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), count, count));
    ARROW_ASSIGN_OR_RAISE(arguments[0], BytesArgument(name, arguments[0], context));
    if (count == 2) {
      ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
    }
    const bool nullable = count == 2 || AnyNullable(arguments);
    return MakeCall(name, type, nullable, std::move(arguments), kernel());
  };
  registry->Add(std::move(function));
}

Status CheckHashable(const std::string& name, int index, const Expression& argument,
                     const DataType& type) {
  if (type.id() == arrow::Type::MAP) {
    return AnalysisError("DATATYPE_MISMATCH.HASH_MAP_TYPE",
                         fmt::format("`{}` can't hash maps, whose entries have no order; hash "
                                     "their sorted entries",
                                     name),
                         {{"functionName", "`" + name + "`"}});
  }
  for (const auto& field : type.fields()) {
    ARROW_RETURN_NOT_OK(CheckHashable(name, index, argument, *field->type()));
  }
  return Status::OK();
}

template <typename T, T (*hash)(const arrow::Array&, int64_t, T)>
void AddHash(FunctionRegistry* registry, const std::string& name, DataTypePtr type,
             const std::string& description) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {name + "(a, …) -> " + SimpleString(*type), description,
                            name + "('Spark', array(123), 2)"};
  function.nulls = NullBehaviour::kNeverNull;
  function.bind = [name, type](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, kAnyNumber));
    for (size_t i = 0; i < arguments.size(); ++i) {
      ARROW_RETURN_NOT_OK(
          CheckHashable(name, static_cast<int>(i), *arguments[i], *arguments[i]->type()));
    }
    return MakeCall(name, type, false, std::move(arguments),
                    ColumnKernel([type](const Columns& columns,
                                        const EvaluationContext& context) -> Result<ArrayPtr> {
                      Writer<T> writer;
                      ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
                      for (int64_t i = 0; i < columns.rows; ++i) {
                        T value = 42;
                        for (const Column& column : columns.columns) {
                          value = hash(*column.array, column.row(i), value);
                        }
                        writer.Write(i, [&](T* out) { *out = value; });
                      }
                      return writer.Finish(type, columns.rows, Validity{});
                    }));
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterHashFunctions(FunctionRegistry* registry) {
  AddDigest(registry, {"md5"},
            {"md5(text or binary) -> string", "MD5 digest in hexadecimal.", "md5('Spark')"}, 1,
            arrow::utf8(), [] {
              return RowKernel<std::string, string_view>(
                  arrow::utf8(), [](std::string* out, string_view bytes) {
                    return AppendDigest(bytes, EVP_md5(), out);
                  });
            });
  AddDigest(registry, {"sha1", "sha"},
            {"sha1(text or binary) -> string", "SHA-1 digest in hexadecimal.", "sha1('Spark')"}, 1,
            arrow::utf8(), [] {
              return RowKernel<std::string, string_view>(
                  arrow::utf8(), [](std::string* out, string_view bytes) {
                    return AppendDigest(bytes, EVP_sha1(), out);
                  });
            });
  AddDigest(registry, {"sha2"},
            {"sha2(text or binary, bits) -> string",
             "SHA-2 digest of 224, 256, 384 or 512 bits (0: 256) in hexadecimal; null for others.",
             "sha2('Spark', 256)"},
            2, arrow::utf8(), [] {
              return RowKernel<std::string, string_view, int32_t>(
                  arrow::utf8(), [](std::string* out, string_view bytes, int32_t bits) {
                    const EVP_MD* method = Sha2(bits);
                    return method != nullptr && AppendDigest(bytes, method, out);
                  });
            });
  AddDigest(registry, {"crc32"},
            {"crc32(text or binary) -> bigint", "CRC-32 checksum.", "crc32('Spark')"}, 1,
            arrow::int64(), [] {
              return RowKernel<int64_t, string_view>(
                  arrow::int64(), [](int64_t* out, string_view bytes) { *out = Crc32(bytes); });
            });
  AddHash<int32_t, Murmur3OfValue>(registry, "hash", arrow::int32(), "Murmur3 hash, seed 42.");
  AddHash<int64_t, XxHash64OfValue>(registry, "xxhash64", arrow::int64(), "XXH64 hash, seed 42.");
}

}  // namespace headrace
