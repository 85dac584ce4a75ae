// Aggregates over frames.
//
// Frames that are whole partitions are groups. Of other frames a tree is made: level 0 holds the
// state of each row, level k the merged states of 2^k rows; a frame is merged out of at most two
// nodes of each level, from left to right, a whole level at once. Sums of floating-point numbers
// depend on the order in which they are added, so for them the rows of each frame are added one
// after the other, as Spark does it.
#include <algorithm>
#include <numeric>

#include <arrow/array/concatenate.h>
#include <arrow/type_traits.h>

#include "operators/window/window_values.h"

namespace headrace {
namespace {

using Groups = std::vector<uint32_t>;

class FrameAggregation {
 public:
  FrameAggregation(const WindowFunction& function, const WindowRows& rows, const Arrays& inputs)
      : function_(function), rows_(rows), frames_(rows.FramesOf(function, inputs)) {
    for (int argument : function.arguments) arguments_.push_back(inputs[argument]);
  }

  Result<ArrayPtr> Run() {
    if (rows_.size() == 0) return arrow::MakeEmptyArray(function_.type);
    if (frames_.begin == rows_.partition_begin && frames_.end == rows_.partition_end) {
      return OverPartitions();
    }
    if (!DependsOnOrder()) return OverTree();
    return frames_.begin == rows_.partition_begin ? OverGrowingFrames() : OverSteps();
  }

 private:
  bool DependsOnOrder() const {
    return std::any_of(arguments_.begin(), arguments_.end(), [](const ArrayPtr& argument) {
      return arrow::is_floating(argument->type_id());
    });
  }

  Result<ArrayPtr> OverPartitions() {
    Groups groups(rows_.size());
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      if (rows_.partition_begin[i] == i) ++count;
      groups[i] = count - 1;
    }
    const auto accumulator = function_.aggregate.make();
    ARROW_RETURN_NOT_OK(accumulator->Resize(count));
    ARROW_RETURN_NOT_OK(accumulator->Update(groups.data(), rows_.size(), arguments_, nullptr));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr results, accumulator->Finish());
    ARROW_ASSIGN_OR_RAISE(Arrays taken, TakeRows({results}, groups));
    return taken[0];
  }

  // The states of pairs of nodes, merged; a last node without partner stays.
  Result<Arrays> Pairs(const Arrays& states, uint32_t count) const {
    Groups groups(count);
    for (uint32_t i = 0; i < count; ++i) groups[i] = i / 2;
    const auto accumulator = function_.aggregate.make();
    ARROW_RETURN_NOT_OK(accumulator->Resize((count + 1) / 2));
    ARROW_RETURN_NOT_OK(accumulator->Merge(groups.data(), count, states));
    return accumulator->States();
  }

  Result<Arrays> RowStates() const {
    Groups groups(rows_.size());
    std::iota(groups.begin(), groups.end(), 0);
    const auto accumulator = function_.aggregate.make();
    ARROW_RETURN_NOT_OK(accumulator->Resize(rows_.size()));
    ARROW_RETURN_NOT_OK(accumulator->Update(groups.data(), rows_.size(), arguments_, nullptr));
    return accumulator->States();
  }

  Result<ArrayPtr> OverTree() const {
    std::vector<Arrays> levels;
    ARROW_ASSIGN_OR_RAISE(Arrays states, RowStates());
    levels.push_back(std::move(states));
    uint32_t longest = 1;
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      if (frames_.end[i] > frames_.begin[i]) {
        longest = std::max(longest, frames_.end[i] - frames_.begin[i]);
      }
    }
    uint32_t count = rows_.size();
    for (; uint32_t{1} << levels.size() <= longest; count = (count + 1) / 2) {
      ARROW_ASSIGN_OR_RAISE(states, Pairs(levels.back(), count));
      levels.push_back(std::move(states));
    }
    const auto accumulator = function_.aggregate.make();
    ARROW_RETURN_NOT_OK(accumulator->Resize(rows_.size()));
    // What of each frame is left to merge; upwards the left edge, downwards the right one.
    Groups left(rows_.size()), right(rows_.size());
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      left[i] = frames_.begin[i];
      right[i] = std::max(frames_.begin[i], frames_.end[i]);
    }
    Groups groups, nodes;
    const auto merge = [&](const Arrays& level) -> Status {
      ARROW_ASSIGN_OR_RAISE(const Arrays taken, TakeRows(level, nodes));
      return accumulator->Merge(groups.data(), std::ssize(groups), taken);
    };
    for (size_t level = 0; level < levels.size(); ++level) {
      groups.clear();
      nodes.clear();
      const uint32_t size = uint32_t{1} << level;
      for (uint32_t i = 0; i < rows_.size(); ++i) {
        if ((left[i] & size) == 0 || left[i] + size > right[i]) continue;
        groups.push_back(i);
        nodes.push_back(left[i] >> level);
        left[i] += size;
      }
      if (!groups.empty()) ARROW_RETURN_NOT_OK(merge(levels[level]));
    }
    for (size_t level = levels.size(); level-- > 0;) {
      const uint32_t size = uint32_t{1} << level;
      // The top level may hold several nodes of one frame.
      for (bool more = true; more;) {
        groups.clear();
        nodes.clear();
        for (uint32_t i = 0; i < rows_.size(); ++i) {
          if (left[i] + size > right[i]) continue;
          groups.push_back(i);
          nodes.push_back(left[i] >> level);
          left[i] += size;
        }
        more = !groups.empty();
        if (more) ARROW_RETURN_NOT_OK(merge(levels[level]));
      }
    }
    return accumulator->Finish();
  }

  Status AddRow(Accumulator* accumulator, uint32_t row) const {
    const uint32_t group = 0;
    Arrays one;
    for (const ArrayPtr& argument : arguments_) one.push_back(argument->Slice(row, 1));
    return accumulator->Update(&group, 1, one, nullptr);
  }

  Result<ArrayPtr> OverGrowingFrames() const {
    const auto accumulator = function_.aggregate.make();
    Arrays results;
    Groups chosen(rows_.size());
    uint32_t added = 0;
    for (uint32_t i = 0; i < rows_.size(); ++i) {
      const bool first = rows_.partition_begin[i] == i;
      if (first) {
        accumulator->Clear();
        ARROW_RETURN_NOT_OK(accumulator->Resize(1));
        added = i;
      }
      const bool grows = added < frames_.end[i];
      for (; added < frames_.end[i]; ++added) {
        ARROW_RETURN_NOT_OK(AddRow(accumulator.get(), added));
      }
      if (first || grows) {
        ARROW_ASSIGN_OR_RAISE(ArrayPtr result, accumulator->Finish());
        results.push_back(std::move(result));
      }
      chosen[i] = static_cast<uint32_t>(results.size()) - 1;
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr all, arrow::Concatenate(results));
    ARROW_ASSIGN_OR_RAISE(Arrays taken, TakeRows({all}, chosen));
    return taken[0];
  }

  // The first rows of all frames, then the second ones, and so on.
  Result<ArrayPtr> OverSteps() const {
    const auto accumulator = function_.aggregate.make();
    ARROW_RETURN_NOT_OK(accumulator->Resize(rows_.size()));
    Groups groups, members;
    for (uint32_t step = 0;; ++step) {
      groups.clear();
      members.clear();
      for (uint32_t i = 0; i < rows_.size(); ++i) {
        const uint64_t member = uint64_t{frames_.begin[i]} + step;
        if (member >= frames_.end[i]) continue;
        groups.push_back(i);
        members.push_back(static_cast<uint32_t>(member));
      }
      if (groups.empty()) break;
      ARROW_ASSIGN_OR_RAISE(const Arrays arguments, TakeRows(arguments_, members));
      ARROW_RETURN_NOT_OK(
          accumulator->Update(groups.data(), std::ssize(groups), arguments, nullptr));
    }
    return accumulator->Finish();
  }

  const WindowFunction& function_;
  const WindowRows& rows_;
  const Frames frames_;
  Arrays arguments_;
};

}  // namespace

Result<ArrayPtr> AggregateFrames(const WindowFunction& function, const WindowRows& rows,
                                 const Arrays& inputs) {
  return FrameAggregation(function, rows, inputs).Run();
}

}  // namespace headrace
