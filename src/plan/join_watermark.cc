#include "plan/join_watermark.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "expression/is_cast.h"
#include "plan/conjuncts.h"
#include "plan/resolved_nodes.h"

namespace headrace {
namespace {

AttributeSet TaggedIds(const std::vector<Attribute>& attributes) {
  AttributeSet ids;
  for (const Attribute& attribute : attributes) {
    if (attribute.watermark_delay_us) ids.insert(attribute.id);
  }
  return ids;
}

bool IsTagged(const ExpressionPtr& key, const AttributeSet& tagged) {
  const auto* reference = dynamic_cast<const AttributeReference*>(key.get());
  return reference && tagged.contains(reference->id());
}

// The first key that is an event time on the left, or else on the right; -1: none. Null-safe keys
// are none in Spark, which compares them as something computed.
int TaggedKey(const ResolvedPlan& join, const JoinKeys& keys) {
  if (keys.null_safe) return -1;
  const AttributeSet left = TaggedIds(join.children[0]->output);
  const AttributeSet right = TaggedIds(join.children[1]->output);
  const int count = static_cast<int>(keys.pairs.size());
  for (int i = 0; i < count; ++i) {
    if (IsTagged(keys.pairs[i].left, left)) return i;
  }
  for (int i = 0; i < count; ++i) {
    if (IsTagged(keys.pairs[i].right, right)) return i;
  }
  return -1;
}

// Solves `smaller < larger` for the one column of the bounded side, with the event time of the
// other side known to lie above the watermark. Both are sums of columns and constants; whatever
// else they are, no bound follows.
class RangeCondition {
 public:
  RangeCondition(const ResolvedPlan& bounded, const ResolvedPlan& other)
      : bounded_(IdsOf(bounded.output)),
        other_(IdsOf(other.output)),
        event_times_(TaggedIds(other.output)) {}

  std::optional<StateBound> Solve(const ExpressionPtr& smaller, const ExpressionPtr& larger,
                                  bool strict) {
    terms_.clear();
    AttributeSet columns = ReferencesOf(smaller);
    columns.merge(ReferencesOf(larger));
    if (CountIn(columns, bounded_) > 1 || CountIn(columns, other_) > 1) return std::nullopt;
    // smaller - larger < 0
    if (!Collect(*smaller, false) || !Collect(*larger, true)) return std::nullopt;

    StateBound bound{0, 0, strict};
    int bounded_terms = 0;
    for (const Term& term : terms_) {
      if (term.column != 0 && bounded_.contains(term.column)) {
        if (!term.negative) return std::nullopt;  // an upper bound
        ++bounded_terms;
      } else if (term.column != 0) {
        if (!event_times_.contains(term.column)) return std::nullopt;
        bound.watermark_factor += term.negative ? -1 : 1;
      } else {
        bound.offset_us += term.negative ? -term.value_us : term.value_us;
      }
    }
    if (bounded_terms != 1 || terms_.size() == 1) return std::nullopt;
    return bound;
  }

 private:
  struct Term {
    bool negative;
    int64_t column;  // 0: a constant
    double value_us;
    bool operator<(const Term& other) const {
      return std::tie(negative, column, value_us) <
             std::tie(other.negative, other.column, other.value_us);
    }
  };

  static int CountIn(const AttributeSet& columns, const AttributeSet& side) {
    return static_cast<int>(std::count_if(columns.begin(), columns.end(),
                                          [&](int64_t column) { return side.contains(column); }));
  }

  bool Collect(const Expression& expression, bool negative) {
    if (const auto* reference = dynamic_cast<const AttributeReference*>(&expression)) {
      terms_.insert({negative, reference->id(), 0});
      return true;
    }
    if (const auto* literal = dynamic_cast<const Literal*>(&expression)) {
      return CollectLiteral(*literal->value(), negative);
    }
    if (IsCast(expression)) {
      const DataType& type = *expression.type();
      const bool instant = type.id() == arrow::Type::TIMESTAMP && !IsTimestampNtz(type);
      return (IsNumeric(type) || instant) && Collect(*expression.children()[0], negative);
    }
    const auto* call = dynamic_cast<const FunctionCall*>(&expression);
    if (!call) return false;
    const bool plus = call->name() == "+", minus = call->name() == "-";
    if (call->children().size() == 1 && (minus || call->name() == "negative")) {
      return Collect(*call->children()[0], !negative);
    }
    if (call->children().size() != 2 || (!plus && !minus) || !IsSum(*call)) return false;
    return Collect(*call->children()[0], negative) &&
           Collect(*call->children()[1], minus ? !negative : negative);
  }

  // Numbers, intervals, or an instant and an interval: not the difference of instants, nor dates.
  static bool IsSum(const FunctionCall& call) {
    const DataType& type = *call.type();
    if (type.id() == arrow::Type::DATE32) return false;
    if (type.id() != arrow::Type::DURATION) return true;
    return call.children()[0]->type()->id() == arrow::Type::DURATION;
  }

  // Numbers count as seconds.
  bool CollectLiteral(const arrow::Scalar& value, bool negative) {
    if (!value.is_valid) return false;
    double value_us = 0;
    if (value.type->id() == arrow::Type::DURATION) {
      value_us = static_cast<double>(static_cast<const arrow::DurationScalar&>(value).value);
    } else if (IsNumeric(*value.type)) {
      const auto number = value.CastTo(arrow::float64());
      if (!number.ok()) return false;
      value_us = static_cast<const arrow::DoubleScalar&>(**number).value * 1e6;
    } else {
      return false;
    }
    // Of equal constants Spark counts one.
    terms_.insert({negative, 0, value_us});
    return true;
  }

  const AttributeSet bounded_, other_, event_times_;
  std::set<Term> terms_;
};

std::vector<StateBound> RangeBounds(const ExpressionPtr& condition, const ResolvedPlan& bounded,
                                    const ResolvedPlan& other) {
  std::vector<StateBound> bounds;
  if (TaggedIds(other.output).empty()) return bounds;
  RangeCondition range(bounded, other);
  for (const ExpressionPtr& conjunct : SplitConjuncts(condition)) {
    const auto* call = dynamic_cast<const FunctionCall*>(conjunct.get());
    if (!call || call->children().size() != 2) continue;
    const bool less = call->name() == "<" || call->name() == "<=";
    const bool greater = call->name() == ">" || call->name() == ">=";
    if (!less && !greater) continue;
    const bool strict = call->name().size() == 1;
    const auto& operands = call->children();
    if (auto bound = range.Solve(operands[less ? 0 : 1], operands[less ? 1 : 0], strict)) {
      bounds.push_back(*bound);
    }
  }
  return bounds;
}

StateWatermark ValueWatermark(const ExpressionPtr& condition, const ResolvedPlan& side,
                              const ResolvedPlan& other) {
  StateWatermark watermark;
  if (TaggedIds(side.output).empty()) return watermark;
  watermark.bounds = RangeBounds(condition, side, other);
  if (!watermark.bounds.empty()) watermark.kind = StateWatermark::Kind::kValue;
  return watermark;
}

}  // namespace

bool HasJoinWatermark(const ResolvedPlan& join) {
  const ResolvedPlan& left = *join.children[0];
  const ResolvedPlan& right = *join.children[1];
  if (TaggedKey(join, ExtractJoinKeys(join)) >= 0) return true;
  const auto bounds = [&](const ResolvedPlan& bounded, const ResolvedPlan& other) {
    return !RangeBounds(join.condition, bounded, other).empty();
  };
  switch (join.join_type) {
    case JoinType::kLeftOuter:
    case JoinType::kLeftSemi:
      return bounds(left, right);
    case JoinType::kRightOuter:
      return bounds(right, left);
    case JoinType::kFullOuter:
      return bounds(left, right) || bounds(right, left);
    default:
      return true;
  }
}

JoinStateWatermarks StateWatermarksOf(const ResolvedPlan& join, const JoinKeys& keys) {
  if (const int key = TaggedKey(join, keys); key >= 0) {
    const StateWatermark watermark{StateWatermark::Kind::kKey, key, {}};
    return {watermark, watermark};
  }
  const ResolvedPlan& left = *join.children[0];
  const ResolvedPlan& right = *join.children[1];
  return {ValueWatermark(keys.residual, left, right), ValueWatermark(keys.residual, right, left)};
}

std::optional<int64_t> StateWatermark::At(int64_t watermark_ms) const {
  switch (kind) {
    case Kind::kNone:
      return std::nullopt;
    case Kind::kKey:
      return watermark_ms;
    case Kind::kValue:
      break;
  }
  std::optional<int64_t> least;
  for (const StateBound& bound : bounds) {
    const double watermark_us = static_cast<double>(watermark_ms) * 1000.0;
    const double bound_us = bound.watermark_factor * watermark_us + bound.offset_us;
    // Towards zero, as Spark does. Times equal to a bound that is not strict are still needed.
    const int64_t bound_ms = static_cast<int64_t>(bound_us / 1000.0) - (bound.strict ? 0 : 1);
    least = std::min(least.value_or(bound_ms), bound_ms);
  }
  return least;
}

int64_t StreamJoin::OutputWatermark(int64_t watermark_ms) const {
  const int64_t left_ms = left.watermark.At(watermark_ms).value_or(watermark_ms);
  const int64_t right_ms = right.watermark.At(watermark_ms).value_or(watermark_ms);
  return std::min({watermark_ms, left_ms, right_ms});
}

}  // namespace headrace
