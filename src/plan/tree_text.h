// Plans drawn as trees, the way explain() does:
//   Sort
//   +- Join
//      :- Scan
//      +- Filter
#pragma once

#include <string>

namespace headrace {

// Node has `children` of pointers to Node; `describe(node)` gives its line.
template <typename Node, typename Describe>
void AppendTree(const Node& node, const Describe& describe, const std::string& first_indent,
                const std::string& rest_indent, std::string* out) {
  *out += first_indent + describe(node) + "\n";
  for (size_t i = 0; i < node.children.size(); ++i) {
    const bool last = i + 1 == node.children.size();
    AppendTree(*node.children[i], describe, rest_indent + (last ? "+- " : ":- "),
               rest_indent + (last ? "   " : ":  "), out);
  }
}

template <typename Node, typename Describe>
std::string TreeText(const Node& root, const Describe& describe) {
  std::string text;
  AppendTree(root, describe, "", "", &text);
  return text;
}

// "a, b, c" of the elements' texts.
template <typename Elements, typename Text>
std::string JoinTexts(const Elements& elements, const Text& text,
                      const std::string& separator = ", ") {
  std::string out;
  for (const auto& element : elements) {
    if (!out.empty()) out += separator;
    out += text(element);
  }
  return out;
}

}  // namespace headrace
