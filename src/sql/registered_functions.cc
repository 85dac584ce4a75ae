#include "sql/parser.h"

namespace headrace {

UnresolvedPtr WithRegistered(UnresolvedPtr call, const ParserOptions& options) {
  if (call->kind != UnresolvedKind::kFunction) return call;
  auto function = options.registered(call->name);
  if (function == nullptr) return call;
  auto registered = std::make_shared<UnresolvedExpression>(*call);
  registered->kind = UnresolvedKind::kPython;
  registered->python = std::move(function);
  return registered;
}

}  // namespace headrace
