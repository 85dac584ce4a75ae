#include "python/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <unordered_set>

#include <arrow/util/endian.h>

namespace headrace {
namespace {

using Kind = PythonValue::Kind;

Status Malformed(const char* what) {
  return Status::IOError("a Python worker sent a pickle that ", what);
}

PythonValuePtr Make(Kind kind) {
  auto value = std::make_shared<PythonValue>();
  value->kind = kind;
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Result<PythonValuePtr> Run() {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const std::string_view opcode, Take(1));
      if (opcode[0] == '.') {
        if (stack_.size() != 1 || !stack_[0].value) return Malformed("does not end in one value");
        return stack_[0].value;
      }
      ARROW_RETURN_NOT_OK(Step(opcode[0]));
    }
  }

 private:
  // A value, a mark, or a global by its name.
  struct Item {
    PythonValuePtr value;
    std::string global;
    bool mark = false;
  };

  Result<std::string_view> Take(size_t size) {
    if (bytes_.size() - position_ < size) return Malformed("ends early");
    const std::string_view part = bytes_.substr(position_, size);
    position_ += size;
    return part;
  }
  template <typename Integer>
  Result<Integer> TakeLittle() {
    ARROW_ASSIGN_OR_RAISE(const std::string_view part, Take(sizeof(Integer)));
    Integer value;
    std::memcpy(&value, part.data(), sizeof value);
    return arrow::bit_util::FromLittleEndian(value);
  }

  Status Push(PythonValuePtr value) {
    stack_.push_back({std::move(value), "", false});
    return Status::OK();
  }
  Status PushInteger(int64_t number) {
    auto value = Make(Kind::kInteger);
    value->integer = number;
    return Push(std::move(value));
  }
  Status PushText(Kind kind, Result<std::string_view> text) {
    ARROW_RETURN_NOT_OK(text.status());
    auto value = Make(kind);
    value->text = *text;
    return Push(std::move(value));
  }
  template <typename Length>
  Status PushSized(Kind kind) {
    ARROW_ASSIGN_OR_RAISE(const Length length, TakeLittle<Length>());
    return PushText(kind, Take(static_cast<size_t>(length)));
  }

  Result<Item> Pop() {
    if (stack_.empty()) return Malformed("takes from an empty stack");
    Item item = std::move(stack_.back());
    stack_.pop_back();
    return item;
  }
  Result<PythonValuePtr> PopValue() {
    ARROW_ASSIGN_OR_RAISE(Item item, Pop());
    if (!item.value) return Malformed("has no value where one is needed");
    return std::move(item.value);
  }
  Result<std::vector<PythonValuePtr>> PopToMark() {
    std::vector<PythonValuePtr> values;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(Item item, Pop());
      if (item.mark) break;
      if (!item.value) return Malformed("has no value where one is needed");
      values.push_back(std::move(item.value));
    }
    std::reverse(values.begin(), values.end());
    return values;
  }
  Status AddTo(PythonValue* container, std::vector<PythonValuePtr> values) {
    for (PythonValuePtr& value : values) {
      container->levels = std::max(container->levels, value->levels + 1);
      container->elements.push_back(std::move(value));
    }
    if (container->levels <= kMostPickleLevels) return Status::OK();
    return NotSupported("a result of a Python function with more than " +
                            std::to_string(kMostPickleLevels) + " lists or dicts in each other",
                        "Return a flatter value.");
  }
  Status PushTuple(std::vector<PythonValuePtr> values) {
    auto tuple = Make(Kind::kTuple);
    ARROW_RETURN_NOT_OK(AddTo(tuple.get(), std::move(values)));
    return Push(std::move(tuple));
  }
  Status PushTuple(size_t size) {
    std::vector<PythonValuePtr> values(size);
    for (size_t i = size; i-- > 0;) {
      ARROW_ASSIGN_OR_RAISE(values[i], PopValue());
    }
    return PushTuple(std::move(values));
  }
  Status AddToTop(std::vector<PythonValuePtr> values, Kind kind) {
    if (stack_.empty() || !stack_.back().value || stack_.back().value->kind != kind) {
      return Malformed("adds to what is no list or dict");
    }
    if (kind == Kind::kDict && values.size() % 2 != 0) {
      return Malformed("has a key without a value");
    }
    PythonValue* const container = stack_.back().value.get();
    // Python fills a container before it refers to it, unless from within.
    if (recalled_.contains(container)) {
      return NotSupported("a result of a Python function that contains itself",
                          "Return a value that does not.");
    }
    return AddTo(container, std::move(values));
  }
  Status Recall(uint32_t slot) {
    const auto found = memo_.find(slot);
    if (found == memo_.end()) return Malformed("refers to nothing");
    const PythonValue* const value = found->second.value.get();
    if (value != nullptr && (value->kind == Kind::kList || value->kind == Kind::kDict)) {
      recalled_.insert(value);
    }
    stack_.push_back(found->second);
    return Status::OK();
  }

  // decimal.Decimal("1.5"), and dates and times that were not declared as such, are all that
  // workers call.
  Status Reduce() {
    ARROW_ASSIGN_OR_RAISE(PythonValuePtr arguments, PopValue());
    ARROW_ASSIGN_OR_RAISE(Item function, Pop());
    if (function.global == "decimal.Decimal" && arguments->elements.size() == 1) {
      auto decimal = Make(Kind::kDecimal);
      decimal->text = arguments->elements[0]->text;
      return Push(std::move(decimal));
    }
    if (function.global.starts_with("datetime.")) {
      auto other = Make(Kind::kOther);
      other->text = function.global;
      return Push(std::move(other));
    }
    return NotSupported("results of the type " + function.global + " from a Python function",
                        "Return plain Python values: convert NumPy values with .item() or "
                        ".tolist().");
  }

  Status Step(char opcode) {
    switch (opcode) {
      case '\x80':  // protocol
        return Take(1).status();
      case '\x95':  // frame
        return Take(8).status();
      case '(':
        stack_.push_back({nullptr, "", true});
        return Status::OK();
      case 'N':
        return Push(Make(Kind::kNone));
      case '\x88':
      case '\x89': {
        auto value = Make(Kind::kBool);
        value->integer = opcode == '\x88';
        return Push(std::move(value));
      }
      case 'J': {
        ARROW_ASSIGN_OR_RAISE(const int32_t number, TakeLittle<int32_t>());
        return PushInteger(number);
      }
      case 'K': {
        ARROW_ASSIGN_OR_RAISE(const uint8_t number, TakeLittle<uint8_t>());
        return PushInteger(number);
      }
      case 'M': {
        ARROW_ASSIGN_OR_RAISE(const uint16_t number, TakeLittle<uint16_t>());
        return PushInteger(number);
      }
      case '\x8a': {  // LONG1: two's complement, little endian
        ARROW_ASSIGN_OR_RAISE(const uint8_t size, TakeLittle<uint8_t>());
        ARROW_ASSIGN_OR_RAISE(const std::string_view digits, Take(size));
        const bool negative = size > 0 && (digits.back() & 0x80) != 0;
        uint64_t number = negative ? ~uint64_t{0} : 0;
        std::memcpy(&number, digits.data(), std::min<size_t>(size, sizeof number));
        auto value = Make(Kind::kInteger);
        value->integer = static_cast<int64_t>(number);
        value->too_large = size > sizeof number;
        return Push(std::move(value));
      }
      case 'G': {
        ARROW_ASSIGN_OR_RAISE(const std::string_view part, Take(sizeof(uint64_t)));
        uint64_t bits;
        std::memcpy(&bits, part.data(), sizeof bits);
        auto value = Make(Kind::kReal);
        value->real = std::bit_cast<double>(arrow::bit_util::FromBigEndian(bits));
        return Push(std::move(value));
      }
      case '\x8c':
        return PushSized<uint8_t>(Kind::kText);
      case 'X':
        return PushSized<uint32_t>(Kind::kText);
      case '\x8d':
        return PushSized<uint64_t>(Kind::kText);
      case 'C':
        return PushSized<uint8_t>(Kind::kBytes);
      case 'B':
        return PushSized<uint32_t>(Kind::kBytes);
      case '\x8e':
      case '\x96':
        return PushSized<uint64_t>(Kind::kBytes);
      case ']':
        return Push(Make(Kind::kList));
      case '}':
        return Push(Make(Kind::kDict));
      case ')':
        return Push(Make(Kind::kTuple));
      case '\x85':
        return PushTuple(1);
      case '\x86':
        return PushTuple(2);
      case '\x87':
        return PushTuple(3);
      case 't': {
        ARROW_ASSIGN_OR_RAISE(auto values, PopToMark());
        return PushTuple(std::move(values));
      }
      case 'a': {
        ARROW_ASSIGN_OR_RAISE(auto value, PopValue());
        return AddToTop({std::move(value)}, Kind::kList);
      }
      case 'e': {
        ARROW_ASSIGN_OR_RAISE(auto values, PopToMark());
        return AddToTop(std::move(values), Kind::kList);
      }
      case 's': {
        ARROW_ASSIGN_OR_RAISE(auto value, PopValue());
        ARROW_ASSIGN_OR_RAISE(auto key, PopValue());
        return AddToTop({std::move(key), std::move(value)}, Kind::kDict);
      }
      case 'u': {
        ARROW_ASSIGN_OR_RAISE(auto values, PopToMark());
        return AddToTop(std::move(values), Kind::kDict);
      }
      case '\x94':  // MEMOIZE
        if (stack_.empty()) return Malformed("keeps nothing");
        memo_[static_cast<uint32_t>(memo_.size())] = stack_.back();
        return Status::OK();
      case 'h': {
        ARROW_ASSIGN_OR_RAISE(const uint8_t slot, TakeLittle<uint8_t>());
        return Recall(slot);
      }
      case 'j': {
        ARROW_ASSIGN_OR_RAISE(const uint32_t slot, TakeLittle<uint32_t>());
        return Recall(slot);
      }
      case '\x93': {  // STACK_GLOBAL
        ARROW_ASSIGN_OR_RAISE(auto name, PopValue());
        ARROW_ASSIGN_OR_RAISE(auto module, PopValue());
        stack_.push_back({nullptr, module->text + "." + name->text, false});
        return Status::OK();
      }
      case 'R':
        return Reduce();
      default:
        return NotSupported("a result of a Python function that is no plain value",
                            "Return numbers, texts, bytes, lists, tuples or dicts.");
    }
  }

  const std::string_view bytes_;
  size_t position_ = 0;
  std::vector<Item> stack_;
  std::map<uint32_t, Item> memo_;
  std::unordered_set<const PythonValue*> recalled_;  // lists and dicts; the memo keeps them
};

}  // namespace

Result<PythonValuePtr> ReadPickle(std::string_view pickle) { return Reader(pickle).Run(); }

}  // namespace headrace
