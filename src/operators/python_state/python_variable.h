// One state variable of a Python StatefulProcessor, for the groups that it is handed together.
//
// What is stored is read when it is first asked for: entries of maps that are asked for by their
// keys one by one, all else for all groups at once. What has changed is written at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "operators/python_state/state_rows.h"
#include "plan/group_contents.h"
#include "plan/group_function.h"

namespace headrace {

// A value, an element, an entry of a map, or a timer, which is a time only.
struct StateItem {
  int64_t value = -1;    // of PythonVariable::values()
  int64_t key = -1;      // of PythonVariable::keys()
  int64_t time_ms = -1;  // when it expires, or fires
};

class PythonVariable {
 public:
  // `position`: which of a function's variables it is. See PickleWriter for `binary_as_bytes`.
  PythonVariable(int position, GroupVariable variable, bool binary_as_bytes);

  const GroupVariable& variable() const { return variable_; }
  StateRows& values() { return values_; }
  StateRows& keys() { return keys_; }

  // Before each batch of groups.
  void Begin(size_t groups, int64_t now_ms, GroupStates* states);
  // The group's items without what has expired, in the order of GroupStates::Entries.
  Result<std::vector<StateItem>> Items(size_t group);
  // Has it any? Lists and maps are not read for it, but for what may have expired.
  Result<bool> HasItems(size_t group);

  Status SetValue(size_t group, std::string_view pickle);
  Status AppendElement(size_t group, std::string_view pickle);
  Status AppendElements(size_t group, const arrow::RecordBatch& rows);
  Status SetEntry(size_t group, std::string_view key, std::string_view value);
  // The entry of a map; null: none. Until the next change.
  Result<const StateItem*> FindEntry(size_t group, std::string_view key);
  Status RemoveEntry(size_t group, std::string_view key);
  void AddTimer(size_t group, int64_t time_ms);
  void RemoveTimer(size_t group, int64_t time_ms);
  void Clear(size_t group);

  // Stores what has changed.
  Status Write();

 private:
  // Items of several groups, with the groups.
  struct Changes {
    std::vector<uint32_t> groups;
    std::vector<StateItem> items;
    void Add(size_t group, const StateItem& item) {
      groups.push_back(static_cast<uint32_t>(group));
      items.push_back(item);
    }
  };

  bool is_list() const { return variable_.kind == GroupVariable::Kind::kList; }
  int64_t ExpiryOfNew() const;
  // What all groups have stored.
  Status LoadAll();
  Status LoadValues();
  // From and to rows of the variable's schema.
  Result<std::vector<StateItem>> ItemsOf(const arrow::RecordBatch& rows);
  Result<BatchPtr> RowsOf(const std::vector<StateItem>& items);
  bool HasExpired(const StateItem& item) const {
    return variable_.ttl_ms > 0 && item.time_ms <= now_ms_;
  }
  Result<std::string> KeyText(const StateItem& item);
  Result<ArrayPtr> KeyColumn(const std::vector<StateItem>& items);

  const int position_;
  const GroupVariable variable_;
  StateRows values_, keys_;
  std::vector<ListContents<StateItem>> lists_;    // by group, of a list
  std::vector<KeyedContents<StateItem>> groups_;  // by group, of all else
  bool loaded_ = false;
  std::vector<uint8_t> stored_;  // by group: are there entries? Empty: not asked for yet
  int64_t now_ms_ = 0;
  GroupStates* states_ = nullptr;
};

}  // namespace headrace
