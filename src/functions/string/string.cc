#include "functions/string/format_topics.h"
#include "functions/string/string_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterStringFunctions(FunctionRegistry* registry) {
  RegisterMatchingFunctions(registry);
  RegisterSplitFunctions(registry);
  RegisterCaseFunctions(registry);
  RegisterTrimFunctions(registry);
  RegisterSubstringFunctions(registry);
  RegisterConcatFunctions(registry);
  RegisterRegexFunctions(registry);
  RegisterEncodingFunctions(registry);
  RegisterFormatFunctions(registry);
  RegisterUrlFunctions(registry);
  RegisterNumberTextFunctions(registry);
  RegisterToBinaryFunctions(registry);
  RegisterUtf8Functions(registry);
  RegisterQuotationFunctions(registry);
}

}  // namespace headrace
