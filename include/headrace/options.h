// Options of readers and writers.
#pragma once

#include <map>
#include <string>

#include "headrace/value.h"

namespace headrace::inline v1 {

using OptionMap = std::map<std::string, std::string>;

// The value of an option: text, a truth value or a number, as Spark spells them.
class OptionValue {
 public:
  OptionValue(const char* text) : text_(text) {}
  OptionValue(std::string text) : text_(std::move(text)) {}
  template <std::same_as<bool> T>
  OptionValue(T value) : text_(value ? "true" : "false") {}
  template <detail::Integer T>
  OptionValue(T value) : text_(std::to_string(value)) {}
  OptionValue(double value) : text_(Value(value).toString()) {}

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace headrace::inline v1
