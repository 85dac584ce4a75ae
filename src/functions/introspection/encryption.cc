// aes_encrypt, aes_decrypt, try_aes_decrypt: AES in the modes GCM, CBC and ECB.
#include "functions/introspection/encryption.h"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "functions/ansi_errors.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

using std::string_view;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr size_t kTagBytes = 16;
constexpr char kFunctions[] = "aes_encrypt`/`aes_decrypt";

enum class Mode { kEcb, kCbc, kGcm };

size_t VectorBytes(Mode mode) { return mode == Mode::kEcb ? 0 : (mode == Mode::kCbc ? 16 : 12); }

Result<Mode> FindMode(string_view mode, string_view padding) {
  const bool standard = EqualsIgnoreCase(padding, "DEFAULT");
  const bool pkcs = standard || EqualsIgnoreCase(padding, "PKCS");
  if (EqualsIgnoreCase(mode, "ECB") && pkcs) return Mode::kEcb;
  if (EqualsIgnoreCase(mode, "CBC") && pkcs) return Mode::kCbc;
  if (EqualsIgnoreCase(mode, "GCM") && (standard || EqualsIgnoreCase(padding, "NONE"))) {
    return Mode::kGcm;
  }
  return MakeError(ErrorKind::kRuntime, "UNSUPPORTED_FEATURE.AES_MODE",
                   fmt::format("`{}`: there is no AES-{} with the padding {}; use GCM with NONE, "
                               "or CBC or ECB with PKCS",
                               kFunctions, mode, padding),
                   {{"mode", std::string(mode)},
                    {"padding", std::string(padding)},
                    {"functionName", fmt::format("`{}`", kFunctions)}});
}

Result<const EVP_CIPHER*> FindCipher(Mode mode, size_t key_bytes) {
  // By mode and by size of the key: 16, 24, 32 bytes.
  static const EVP_CIPHER* (*const kCiphers[3][3])() = {
      {EVP_aes_128_ecb, EVP_aes_192_ecb, EVP_aes_256_ecb},
      {EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc},
      {EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm}};
  if (key_bytes != 16 && key_bytes != 24 && key_bytes != 32) {
    return InvalidParameterValue(
        "AES_KEY_LENGTH", kFunctions, "key",
        fmt::format("a key has 16, 24 or 32 bytes, but this one has {}", key_bytes),
        {{"actualLength", std::to_string(key_bytes)}});
  }
  return kCiphers[static_cast<int>(mode)][key_bytes / 8 - 2]();
}

Status CryptoError(const std::string& detail) {
  return InvalidParameterValue("AES_CRYPTO_ERROR", kFunctions, "expr`, `key", detail,
                               {{"detailMessage", detail}});
}

const unsigned char* Bytes(string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string* text, size_t at) {
  return reinterpret_cast<unsigned char*>(text->data()) + at;
}

// Initialisation vector and additional data fit the mode; `vector` is empty if one is to be made.
Status CheckVector(Mode mode, string_view vector, string_view additional) {
  const std::string name = mode == Mode::kEcb ? "ECB" : (mode == Mode::kCbc ? "CBC" : "GCM");
  if (!vector.empty() && mode == Mode::kEcb) {
    return MakeError(ErrorKind::kRuntime, "UNSUPPORTED_FEATURE.AES_MODE_IV",
                     "`aes_encrypt`: AES-ECB has no initialization vector; use CBC or GCM",
                     {{"mode", name}, {"functionName", "`aes_encrypt`"}});
  }
  if (!vector.empty() && vector.size() != VectorBytes(mode)) {
    return InvalidParameterValue("AES_IV_LENGTH", kFunctions, "iv",
                                 fmt::format("the initialization vector of AES-{} has {} bytes, "
                                             "but this one has {}",
                                             name, VectorBytes(mode), vector.size()),
                                 {{"mode", name}, {"actualLength", std::to_string(vector.size())}});
  }
  if (!additional.empty() && mode != Mode::kGcm) {
    return MakeError(
        ErrorKind::kRuntime, "UNSUPPORTED_FEATURE.AES_MODE_AAD",
        fmt::format("`aes_encrypt`: AES-{} authenticates no additional data; use GCM", name),
        {{"mode", name}, {"functionName", "`aes_encrypt`"}});
  }
  return Status::OK();
}

// Appends vector, ciphertext and, in GCM, the tag.
Status Encrypt(std::string* out, string_view text, string_view key, string_view mode_name,
               string_view padding, string_view vector, string_view additional) {
  ARROW_RETURN_NOT_OK(FindCipher(Mode::kEcb, key.size()).status());
  ARROW_ASSIGN_OR_RAISE(const Mode mode, FindMode(mode_name, padding));
  ARROW_ASSIGN_OR_RAISE(const EVP_CIPHER* method, FindCipher(mode, key.size()));
  ARROW_RETURN_NOT_OK(CheckVector(mode, vector, additional));
  std::array<unsigned char, 16> made{};
  const size_t vector_bytes = VectorBytes(mode);
  if (vector.empty()) {
    // Not from the engine's seeds: whoever knows them must not know the vector.
    if (RAND_bytes(made.data(), static_cast<int>(vector_bytes)) != 1) {
      return CryptoError("there are no random bytes");
    }
    vector = string_view(reinterpret_cast<const char*>(made.data()), vector_bytes);
  }
  const size_t begin = out->size();
  const size_t room = text.size() + 16 + (mode == Mode::kGcm ? kTagBytes : 0);
  out->append(vector);
  out->resize(begin + vector_bytes + room);
  size_t at = begin + vector_bytes;
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int count = 0;
  const bool begun =
      EVP_EncryptInit_ex(cipher.get(), method, nullptr, Bytes(key),
                         vector.empty() ? nullptr : Bytes(vector)) == 1 &&
      (additional.empty() || EVP_EncryptUpdate(cipher.get(), nullptr, &count, Bytes(additional),
                                               static_cast<int>(additional.size())) == 1);
  if (!begun || EVP_EncryptUpdate(cipher.get(), Bytes(out, at), &count, Bytes(text),
                                  static_cast<int>(text.size())) != 1) {
    return CryptoError("the text cannot be encrypted");
  }
  at += static_cast<size_t>(count);
  if (EVP_EncryptFinal_ex(cipher.get(), Bytes(out, at), &count) != 1) {
    return CryptoError("the text cannot be encrypted");
  }
  at += static_cast<size_t>(count);
  if (mode == Mode::kGcm) {
    if (EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(out, at)) != 1) {
      return CryptoError("the text cannot be authenticated");
    }
    at += kTagBytes;
  }
  out->resize(at);
  return Status::OK();
}

Status Decrypt(std::string* out, string_view bytes, string_view key, string_view mode_name,
               string_view padding, string_view additional) {
  ARROW_RETURN_NOT_OK(FindCipher(Mode::kEcb, key.size()).status());
  ARROW_ASSIGN_OR_RAISE(const Mode mode, FindMode(mode_name, padding));
  ARROW_ASSIGN_OR_RAISE(const EVP_CIPHER* method, FindCipher(mode, key.size()));
  const size_t vector_bytes = VectorBytes(mode);
  const size_t tag_bytes = mode == Mode::kGcm ? kTagBytes : 0;
  if (bytes.size() < vector_bytes + tag_bytes) {
    return CryptoError("the bytes are too few to hold an initialization vector and a tag");
  }
  // Java takes nothing at all for the encryption of nothing.
  if (mode != Mode::kGcm && bytes.size() == vector_bytes) return Status::OK();
  const string_view vector = bytes.substr(0, vector_bytes);
  const string_view text = bytes.substr(vector_bytes, bytes.size() - vector_bytes - tag_bytes);
  std::string tag(bytes.substr(bytes.size() - tag_bytes));
  const size_t begin = out->size();
  out->resize(begin + text.size() + 16);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int count = 0;
  bool good = EVP_DecryptInit_ex(cipher.get(), method, nullptr, Bytes(key),
                                 vector.empty() ? nullptr : Bytes(vector)) == 1;
  if (mode == Mode::kGcm) {
    good = good &&
           EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Bytes(&tag, 0)) == 1;
    good = good && (additional.empty() ||
                    EVP_DecryptUpdate(cipher.get(), nullptr, &count, Bytes(additional),
                                      static_cast<int>(additional.size())) == 1);
  }
  size_t at = begin;
  good = good && EVP_DecryptUpdate(cipher.get(), Bytes(out, at), &count, Bytes(text),
                                   static_cast<int>(text.size())) == 1;
  if (good) at += static_cast<size_t>(count);
  good = good && EVP_DecryptFinal_ex(cipher.get(), Bytes(out, at), &count) == 1;
  if (!good) {
    out->resize(begin);
    return CryptoError("the bytes were not encrypted with this key, mode and additional data");
  }
  out->resize(at + static_cast<size_t>(count));
  return Status::OK();
}

// `parameters` are all that the function has; what is left out is GCM, DEFAULT or nothing.
Result<ExpressionPtr> Bind(const std::string& name, size_t parameters, Arguments arguments,
                           ScalarKernel kernel, bool random, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, parameters));
  const auto left_out = [](size_t i) { return i == 2 ? "GCM" : (i == 3 ? "DEFAULT" : ""); };
  // An initialization vector that is made is another one for each row.
  const bool own_vector = arguments.size() > 4;
  while (arguments.size() < parameters) {
    arguments.push_back(
        MakeLiteral(std::make_shared<arrow::StringScalar>(left_out(arguments.size()))));
  }
  for (size_t i = 0; i < parameters; ++i) {
    const DataTypePtr type = i == 2 || i == 3 ? arrow::utf8() : arrow::binary();
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce(name, static_cast<int>(i), arguments[i], type, context));
  }
  return std::make_shared<FunctionCall>(name, arrow::binary(), true, std::move(arguments),
                                        std::move(kernel), /*deterministic=*/true,
                                        /*depends_on_batch=*/random && !own_vector);
}

// The arguments that a call does not have are part of its name.
DisplayName WithDefaults(const std::string& name, size_t parameters) {
  return [name, parameters](std::vector<std::string> arguments) {
    while (arguments.size() < parameters) {
      arguments.push_back(arguments.size() == 2 ? "GCM" : (arguments.size() == 3 ? "DEFAULT" : ""));
    }
    return CallText(name, arguments);
  };
}

}  // namespace

void RegisterEncryptionFunctions(FunctionRegistry* registry) {
  ScalarFunction encrypt;
  encrypt.names = {"aes_encrypt"};
  encrypt.documentation = {
      "aes_encrypt(binary, key[, mode[, padding[, iv[, aad]]]]) -> binary",
      "The binary encrypted by AES; the key has 16, 24 or 32 bytes, the mode is GCM, CBC or ECB.",
      "hex(aes_encrypt('Spark SQL', '1234567890abcdef', 'ECB', 'PKCS'))"};
  encrypt.nulls = NullBehaviour::kCustom;
  encrypt.display = WithDefaults("aes_encrypt", 6);
  encrypt.bind = [](Arguments arguments, const BindContext& context) {
    auto kernel = RowKernel<std::string, string_view, string_view, string_view, string_view,
                            string_view, string_view>(arrow::binary(), Encrypt);
    return Bind("aes_encrypt", 6, std::move(arguments), std::move(kernel), true, context);
  };
  registry->Add(std::move(encrypt));

  for (const bool quiet : {false, true}) {
    const std::string name = quiet ? "try_aes_decrypt" : "aes_decrypt";
    ScalarFunction decrypt;
    decrypt.names = {name};
    decrypt.documentation = {
        name + "(binary, key[, mode[, padding[, aad]]]) -> binary",
        std::string("What aes_encrypt encrypted") + (quiet ? "; null if it cannot be read." : "."),
        "CAST(" + name +
            "(unhex('83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94'), "
            "'0000111122223333') AS STRING)"};
    decrypt.nulls = NullBehaviour::kCustom;
    decrypt.display = WithDefaults(name, 5);
    decrypt.bind = [name, quiet](Arguments arguments, const BindContext& context) {
      ScalarKernel kernel;
      if (quiet) {
        kernel =
            RowKernel<std::string, string_view, string_view, string_view, string_view, string_view>(
                arrow::binary(), [](std::string* out, string_view bytes, string_view key,
                                    string_view mode, string_view padding, string_view additional) {
                  return Decrypt(out, bytes, key, mode, padding, additional).ok();
                });
      } else {
        kernel =
            RowKernel<std::string, string_view, string_view, string_view, string_view, string_view>(
                arrow::binary(), Decrypt);
      }
      return Bind(name, 5, std::move(arguments), std::move(kernel), false, context);
    };
    registry->Add(std::move(decrypt));
  }
}

}  // namespace headrace
