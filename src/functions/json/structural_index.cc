#include "functions/json/structural_index.h"

#include <simdjson.h>

namespace headrace {

struct StructuralIndex::Implementation {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

StructuralIndex::StructuralIndex() : implementation_(std::make_unique<Implementation>()) {}
StructuralIndex::~StructuralIndex() = default;

bool StructuralIndex::Build(const char* text, size_t length) {
  usable_ = false;
  auto& parser = implementation_->parser;
  if (capacity_ < length || parser == nullptr) {
    const size_t capacity = std::max<size_t>(length + length / 2, 4096);
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, simdjson::DEFAULT_MAX_DEPTH, parser);
    if (error != simdjson::SUCCESS) {
      parser = nullptr;
      reason_ = simdjson::error_message(error);
      return false;
    }
    capacity_ = capacity;
  }
  const auto error = parser->stage1(reinterpret_cast<const uint8_t*>(text), length,
                                    simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) {
    // Only whitespace: no token at all.
    empty_[0] = static_cast<uint32_t>(length);
    reason_ = "there is no value";
    return true;
  }
  if (error != simdjson::SUCCESS) {
    reason_ = error == simdjson::UTF8_ERROR        ? "the text is not valid UTF-8"
              : error == simdjson::UNCLOSED_STRING ? "a string is not closed"
              : error == simdjson::UNESCAPED_CHARS ? "a string holds a control character"
                                                   : simdjson::error_message(error);
    return false;
  }
  usable_ = true;
  return true;
}

const uint32_t* StructuralIndex::begin() const {
  return usable_ ? implementation_->parser->structural_indexes.get() : empty_;
}

}  // namespace headrace
