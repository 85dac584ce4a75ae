// A join of two streams as the physical plan holds it: what each side keeps, and for how long.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "expression/expression.h"

namespace headrace {

// A lower bound of the event times that one side of a join can still need, from one conjunct of
// the condition: `factor * watermark + offset`. The factor is 1, or 0 where the conjunct compares
// with a constant. In doubles as in Spark, for results must agree to the millisecond.
struct StateBound {
  double watermark_factor = 1;
  double offset_us = 0;
  bool strict = true;  // times equal to the bound are not needed either
};

// Up to which event time the rows of one side can leave the state (semantics.md 4.3).
struct StateWatermark {
  enum class Kind {
    kNone,   // rows stay for ever
    kKey,    // the watermark itself, compared with a column of the key
    kValue,  // the least of `bounds`, compared with the side's event time
  };
  Kind kind = Kind::kNone;
  int key = 0;  // kKey: its place among the join's keys
  std::vector<StateBound> bounds;

  // In milliseconds; rows at or below it leave. No value: none does.
  std::optional<int64_t> At(int64_t watermark_ms) const;
};

struct StreamJoinSide {
  int row_columns = 0;         // the child's first columns are the row, the rest computed keys
  std::vector<int> keys;       // columns
  ExpressionPtr condition;     // over this side's columns alone, or null
  int event_time_column = -1;  // late rows are told by it
  StateWatermark watermark;
};

struct StreamJoin {
  StreamJoinSide left, right;
  bool nulls_are_equal = false;  // keys that are null match each other

  // The watermark of the join's output (semantics.md 2.5).
  int64_t OutputWatermark(int64_t watermark_ms) const;
  // Does any row ever leave the state?
  bool drops_state() const {
    return left.watermark.kind != StateWatermark::Kind::kNone ||
           right.watermark.kind != StateWatermark::Kind::kNone;
  }
};

}  // namespace headrace
