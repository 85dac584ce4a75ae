// One state variable of a Python StatefulProcessor, for the groups that it is handed together.
//
// What is stored is read when it is first asked for, for all groups at once; what has changed is
// written at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "operators/python_state/state_rows.h"
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
  // The group's items without what has expired; timers by time.
  Result<const std::vector<StateItem>*> Items(size_t group);

  Status SetValue(size_t group, std::string_view pickle);
  Status AppendElement(size_t group, std::string_view pickle);
  Status AppendElements(size_t group, const arrow::RecordBatch& rows);
  Status SetEntry(size_t group, std::string_view key, std::string_view value);
  // The entry of a map; null: none.
  Result<const StateItem*> FindEntry(size_t group, std::string_view key);
  Status RemoveEntry(size_t group, std::string_view key);
  Status AddTimer(size_t group, int64_t time_ms);
  Status RemoveTimer(size_t group, int64_t time_ms);
  Status Clear(size_t group);

  // Stores the groups that have changed.
  Status Write();

 private:
  struct Group {
    std::vector<StateItem> items;
    absl::flat_hash_map<std::string, size_t> places;  // of a map's items, by encoded key
    bool has_places = false;
    bool changed = false;
  };

  int64_t ExpiryOfNew() const;
  Status Load();
  Status LoadItems(const arrow::Array& values, const arrow::Array* keys, const arrow::Array* times,
                   const std::vector<int64_t>& begins);
  Result<Group*> Loaded(size_t group);
  Result<Group*> Changing(size_t group);
  // Where the entry of a map stands; no place: -1.
  Result<int64_t> PlaceOf(Group* group, std::string_view key, std::string* encoded,
                          int64_t* number);
  Result<Arrays> StoredColumns(const std::vector<const Group*>& groups);

  const int position_;
  const GroupVariable variable_;
  StateRows values_, keys_;
  std::vector<Group> groups_;
  bool loaded_ = false;
  int64_t now_ms_ = 0;
  GroupStates* states_ = nullptr;
};

}  // namespace headrace
