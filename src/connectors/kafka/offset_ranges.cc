#include "connectors/kafka/offset_ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace headrace {

namespace {

int64_t Pieces(int64_t size, int64_t total, int64_t wanted) {
  const double share = static_cast<double>(size) / static_cast<double>(total);
  // Java's Math.round.
  const double rounded = std::floor(share * static_cast<double>(wanted) + 0.5);
  return std::max<int64_t>(1, static_cast<int64_t>(rounded));
}

void Cut(const OffsetRange& range, int64_t pieces, std::vector<OffsetRange>* out) {
  int64_t from = range.from;
  for (int64_t left = pieces; left > 0; --left) {
    // The last piece takes what the divisions leave over.
    const int64_t until = from + (range.until - from) / left;
    if (until > from) out->push_back({range.partition, from, until});
    from = until;
  }
}

}  // namespace

PartitionOffsets LimitOffsets(int64_t limit, const PartitionOffsets& from,
                              const PartitionOffsets& until, const PartitionOffsets& begin_of_new) {
  const auto begin = [&](const TopicPartition& partition) -> std::optional<int64_t> {
    if (const auto known = from.find(partition); known != from.end()) return known->second;
    const auto added = begin_of_new.find(partition);
    return added == begin_of_new.end() ? std::nullopt : std::optional<int64_t>(added->second);
  };
  double total = 0;
  for (const auto& [partition, end] : until) {
    if (const auto start = begin(partition); start && end > *start) {
      total += static_cast<double>(end - *start);
    }
  }
  if (total < 1) return until;
  PartitionOffsets limited = until;
  for (auto& [partition, end] : limited) {
    const auto start = begin(partition);
    if (!start || end <= *start) continue;
    const double share = static_cast<double>(limit) * (static_cast<double>(end - *start) / total);
    const double offsets = share < 1 ? std::ceil(share) : std::floor(share);
    // Beyond the partition's end there is nothing to add, and an overflow to avoid.
    if (offsets < static_cast<double>(end - *start)) {
      end = *start + static_cast<int64_t>(offsets);
    }
  }
  return limited;
}

std::vector<OffsetRange> SplitRanges(std::vector<OffsetRange> ranges, int64_t min_partitions,
                                     int64_t max_records) {
  std::vector<OffsetRange> pieces;
  for (const auto& range : ranges) {
    if (range.size() <= 0) continue;
    Cut(range, max_records > 0 ? (range.size() + max_records - 1) / max_records : 1, &pieces);
  }
  if (static_cast<int64_t>(pieces.size()) >= min_partitions) return pieces;

  // Ranges that stay whole are left out of the proportion in which the others are cut.
  int64_t total = 0;
  for (const auto& piece : pieces) total += piece.size();
  int64_t whole = 0;
  int64_t whole_total = 0;
  const auto stays = [&](const OffsetRange& range) {
    return Pieces(range.size(), total, min_partitions) == 1;
  };
  for (const auto& piece : pieces) {
    if (!stays(piece)) continue;
    ++whole;
    whole_total += piece.size();
  }
  const int64_t wanted = std::max<int64_t>(1, min_partitions - whole);
  std::vector<OffsetRange> cut;
  for (const auto& piece : pieces) {
    Cut(piece, stays(piece) ? 1 : Pieces(piece.size(), total - whole_total, wanted), &cut);
  }
  return cut;
}

}  // namespace headrace
