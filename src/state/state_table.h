// The contents of one state store in memory: keys in a hash table, values in columns, and which of
// them changed since the last commit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <arrow/record_batch.h>

#include "state/key_table.h"
#include "state/state_column.h"

namespace headrace {

class StateTable {
 public:
  explicit StateTable(SchemaPtr value_schema);

  Result<std::shared_ptr<arrow::RecordBatch>> Get(const EncodedRows& keys,
                                                  std::vector<uint8_t>* found);
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values);
  Status Remove(const EncodedRows& keys);
  // Living numbers, each once.
  Status RemoveNumbers(const std::vector<uint32_t>& numbers);
  // Of the rows of the last Put.
  const std::vector<uint32_t>& put_numbers() const { return numbers_; }
  // For each key its number, or KeyTable::kAbsent.
  void Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const;
  // Adds entries, absent so far, as the last commit has them.
  Status AddCommitted(const EncodedRows& keys, const arrow::RecordBatch& values);

  // Keys by their encodings, values by the numbers of the keys.
  std::string_view key(uint32_t number) const { return keys_.key(number); }
  Result<std::shared_ptr<arrow::RecordBatch>> Values(const uint32_t* numbers, int64_t count) const;
  std::vector<uint32_t> AllNumbers() const;
  void Keys(const std::vector<uint32_t>& numbers, EncodedRows* keys) const;
  // All entries in batches, keys decoded to the columns of `key_schema`.
  Status Scan(const SchemaPtr& key_schema,
              const std::function<Status(const arrow::RecordBatch& keys,
                                         const arrow::RecordBatch& values)>& consume) const;

  // What changed since the last MarkCommitted: numbers of keys that were put, each once, and the
  // encodings of keys that the last commit had and that were removed (then perhaps put again).
  std::vector<uint32_t> ChangedNumbers();
  const EncodedRows& removed_keys() const { return removed_; }  // without hashes
  bool changed() const { return !changed_.empty() || !removed_.offsets.empty(); }
  // Entries that are there now less those that the last commit had.
  int64_t ChangeOfSize() const;
  void MarkCommitted();

  int64_t size() const { return keys_.size(); }
  int64_t size_bytes() const;

 private:
  // What is known of a number.
  enum Flag : uint8_t {
    kLive = 1,       // its key is in the table
    kCommitted = 2,  // and was in it at the last commit
    kChanged = 4,    // its value changed since; the number is in `changed_`
    kLeaving = 8,    // it is about to be removed
  };

  void Grow();

  SchemaPtr value_schema_;
  KeyTable keys_;
  std::vector<std::unique_ptr<StateColumn>> columns_;
  std::vector<uint8_t> flags_;
  std::vector<uint32_t> changed_;  // may hold numbers twice, or of keys removed since
  EncodedRows removed_;
  std::vector<uint32_t> numbers_;  // of the rows at hand
};

}  // namespace headrace
