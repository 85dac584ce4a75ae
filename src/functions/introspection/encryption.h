// aes_encrypt, aes_decrypt, try_aes_decrypt.
#pragma once

#include "functions/registry.h"

namespace headrace {

void RegisterEncryptionFunctions(FunctionRegistry* registry);

}  // namespace headrace
