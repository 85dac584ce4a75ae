#include "operators/exchange.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace headrace {
namespace {

// State is kept by partition, so these numbers must not change from version to version.
constexpr uint64_t kNullHash = 0x51ed270b0ff4e3a7;

// The hash tables of a partition place keys by the same hashes. If the partition were chosen by
// bits that they use, each table would crowd its keys into a part of its slots; so the hash is
// mixed once more, in a way of its own.
uint32_t PartitionOf(uint64_t hash, uint32_t partitions) {
  hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93;
  hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
  return static_cast<uint32_t>(((hash >> 32) * partitions) >> 32);
}

template <typename T>
void HashIntegers(const arrow::Array& keys, std::vector<uint64_t>* hashes) {
  const T* values = keys.data()->GetValues<T>(1);
  hashes->resize(static_cast<size_t>(keys.length()));
  for (int64_t i = 0; i < keys.length(); ++i) {
    (*hashes)[i] = keys.IsValid(i) ? HashInt64(static_cast<int64_t>(values[i])) : kNullHash;
  }
}

}  // namespace

ExchangeWriter::ExchangeWriter(std::vector<int> key_columns, int partitions)
    : key_columns_(std::move(key_columns)),
      pieces_(static_cast<size_t>(partitions)),
      rows_(static_cast<size_t>(partitions)) {}

void ExchangeWriter::Clear() {
  for (std::vector<Piece>& pieces : pieces_) pieces.clear();
}

Status ExchangeWriter::HashKeys(const arrow::RecordBatch& batch) {
  if (key_columns_.size() == 1) {
    const arrow::Array& keys = *batch.column(key_columns_[0]);
    switch (keys.type_id()) {
      case arrow::Type::INT32:
      case arrow::Type::DATE32:
        HashIntegers<int32_t>(keys, &hashes_);
        return Status::OK();
      case arrow::Type::INT64:
      case arrow::Type::TIMESTAMP:
        HashIntegers<int64_t>(keys, &hashes_);
        return Status::OK();
      default:
        break;
    }
  }
  Arrays keys;
  for (const int column : key_columns_) keys.push_back(batch.column(column));
  ARROW_RETURN_NOT_OK(EncodeRows(keys, batch.num_rows(), &encoded_));
  hashes_.swap(encoded_.hashes);
  return Status::OK();
}

Status ExchangeWriter::Push(BatchPtr batch) {
  if (batch->num_rows() == 0) return Status::OK();
  if (pieces_.size() == 1 || key_columns_.empty()) {
    pieces_[0].push_back({source_, std::move(batch)});
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(HashKeys(*batch));
  for (std::vector<uint32_t>& rows : rows_) rows.clear();
  const auto partitions = static_cast<uint32_t>(pieces_.size());
  for (size_t i = 0; i < hashes_.size(); ++i) {
    rows_[PartitionOf(hashes_[i], partitions)].push_back(static_cast<uint32_t>(i));
  }
  for (size_t partition = 0; partition < rows_.size(); ++partition) {
    const std::vector<uint32_t>& rows = rows_[partition];
    if (rows.empty()) continue;
    if (static_cast<int64_t>(rows.size()) == batch->num_rows()) {
      pieces_[partition].push_back({source_, std::move(batch)});
      break;
    }
    ARROW_ASSIGN_OR_RAISE(BatchPtr taken, TakeRows(*batch, rows));
    pieces_[partition].push_back({source_, std::move(taken)});
  }
  return Status::OK();
}

void Exchange::Clear() {
  for (std::vector<BatchPtr>& batches : batches_) batches.clear();
}

void Exchange::Gather(const std::vector<ExchangeWriter*>& writers) {
  for (size_t partition = 0; partition < batches_.size(); ++partition) {
    std::vector<ExchangeWriter::Piece> pieces;
    for (ExchangeWriter* writer : writers) {
      std::vector<ExchangeWriter::Piece>& own = writer->pieces_[partition];
      pieces.insert(pieces.end(), std::make_move_iterator(own.begin()),
                    std::make_move_iterator(own.end()));
      own.clear();
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const auto& a, const auto& b) { return a.source < b.source; });
    for (ExchangeWriter::Piece& piece : pieces) {
      batches_[partition].push_back(std::move(piece.batch));
    }
  }
}

int64_t Exchange::rows() const {
  int64_t rows = 0;
  for (const std::vector<BatchPtr>& batches : batches_) rows += CountRows(batches);
  return rows;
}

}  // namespace headrace
