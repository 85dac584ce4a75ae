// One state variable of a C++ StatefulProcessor, for the groups that it is handed together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/group_functions.h"
#include "embedded/row_conversion.h"
#include "plan/group_contents.h"
#include "plan/group_function.h"

namespace headrace {

// What is stored is read when it is first asked for: entries of maps that are asked for by their
// keys one by one, all else for all groups at once. What has changed is written at the end.
class VariableOfProgram final : public client::StateContents {
 public:
  // `position`: which of a function's variables it is.
  VariableOfProgram(int position, std::shared_ptr<client::StateVariableAccess> access,
                    const GroupVariable& variable);

  // Between these two the program can use the variable.
  void Begin(size_t groups, int64_t now_ms, GroupStates* states);
  void End();
  void SetGroup(size_t group) { group_ = group; }
  // Stores what has changed.
  Status Write();

  std::vector<client::StateEntry> Entries() override;
  // Lists and maps are not read for it, but for what may have expired.
  bool HasEntries() override;
  std::optional<Row> Find(const Row& key) override;
  void Set(const Row& key, const Row& value) override;
  void Append(const Row& value) override;
  void Remove(const Row& key) override;
  void AddTimer(int64_t time_ms) override;
  void RemoveTimer(int64_t time_ms) override;
  void Clear() override;

 private:
  using Entry = client::StateEntry;

  bool is_list() const { return kind_ == GroupVariable::Kind::kList; }
  bool wrapped() const { return kind_ == GroupVariable::Kind::kMap || ttl_ms_ > 0; }
  Entry NewEntry(const Row& key, const Row& value) const;
  bool HasExpired(const Entry& entry) const { return ttl_ms_ > 0 && entry.time_ms <= now_ms_; }
  // An entry from and to a row of the variable's schema.
  Entry EntryOf(const Row& row) const;
  Row RowOf(const Entry& entry) const;
  // The keys of maps as the store has them.
  std::shared_ptr<arrow::Array> KeyColumn(const std::vector<Row>& keys) const;
  std::string KeyText(const Entry& entry) const;
  void LoadAll();
  void LoadValues();

  const int position_;
  const std::shared_ptr<client::StateVariableAccess> access_;
  const GroupVariable::Kind kind_;
  const int64_t ttl_ms_;
  const SchemaPtr schema_, key_schema_;
  const StructType types_, key_types_;
  const client::ColumnNames key_names_, value_names_;

  std::vector<ListContents<Entry>> lists_;    // by group, of a list
  std::vector<KeyedContents<Entry>> groups_;  // by group, of all else
  size_t group_ = 0;
  bool loaded_ = false;
  std::vector<uint8_t> stored_;  // by group: are there entries? Empty: not asked for yet
  int64_t now_ms_ = 0;
  GroupStates* states_ = nullptr;
};

}  // namespace headrace
