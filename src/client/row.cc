#include "headrace/row.h"

#include <algorithm>

#include "client/exception_factory.h"

namespace headrace::inline v1 {

const std::vector<std::string>& Row::names() const {
  static const std::vector<std::string> kNone;
  return names_ == nullptr ? kNone : *names_;
}

const Value& Row::operator[](size_t position) const {
  if (position < values_.size()) return values_[position];
  client::ThrowIllegalArgument("INDEX_OUT_OF_RANGE",
                               "There is no column " + std::to_string(position) + ": the row has " +
                                   std::to_string(values_.size()) + ", counted from 0.");
}

const Value& Row::operator[](const std::string& name) const {
  const auto found = std::find(names().begin(), names().end(), name);
  if (found != names().end()) return values_[found - names().begin()];
  std::string existing;
  for (const std::string& other : names()) existing += (existing.empty() ? "" : ", ") + other;
  client::ThrowIllegalArgument("ATTRIBUTE_NOT_SUPPORTED",
                               "The row has no column " + name +
                                   (existing.empty() ? ": its columns have no names."
                                                     : ". Its columns are: " + existing + "."),
                               {{"attr_name", name}});
}

std::string Row::toString() const {
  std::string text = "Row(";
  for (size_t i = 0; i < values_.size(); ++i) {
    if (i > 0) text += ", ";
    if (i < names().size()) text += names()[i] + "=";
    text += values_[i].toString();
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Value& value) { return out << value.toString(); }
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.toString(); }

}  // namespace headrace::inline v1
