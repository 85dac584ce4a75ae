// Base64 of RFC 4648, as java.util.Base64 reads and writes it.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

void EncodeBase64(std::string_view bytes, std::string* out);
// Appends the bytes; false: not base64.
bool DecodeBase64(std::string_view text, std::string* out);

// As DecodeBase64, but passes over characters that are not base64's (java.util.Base64's MIME form).
bool DecodeMimeBase64(std::string_view text, std::string* out);

}  // namespace headrace
