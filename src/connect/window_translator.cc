// Column.over(…).
#include <utility>

#include "connect/field_check.h"
#include "connect/plan_translator.h"
#include "plan/window_specification.h"

namespace headrace {
namespace {

using Frame = messages::Expression::Window::WindowFrame;

}  // namespace

// zipWithIndex(): how many rows stand before a row, which the order of partitions decides.
UnresolvedPtr PlanTranslator::RowIndex() const {
  auto window = std::make_shared<UnresolvedWindow>();
  window->orders = {UnresolvedSortOrder(UnresolvedCall("monotonically_increasing_id", {}),
                                        /*ascending=*/true, /*nulls_first=*/true)};
  auto frame = std::make_shared<UnresolvedFrame>();
  frame->lower.kind = FrameBoundKind::kUnboundedPreceding;
  window->frame = std::move(frame);
  const UnresolvedPtr one = UnresolvedLiteral(arrow::MakeScalar(int64_t{1}));
  auto count = std::make_shared<UnresolvedExpression>();
  count->kind = UnresolvedKind::kWindow;
  count->children = {UnresolvedCall("count", {one})};
  count->window = std::move(window);
  return UnresolvedCall("-", {std::move(count), one});
}

Result<UnresolvedPtr> PlanTranslator::Window(const messages::Expression::Window& message) const {
  ARROW_RETURN_NOT_OK(
      CheckFields(message, {"window_function", "partition_spec", "order_spec", "frame_spec"}));
  auto window = std::make_shared<UnresolvedWindow>();
  ARROW_ASSIGN_OR_RAISE(window->partitions, Expressions(message.partition_spec()));
  for (const auto& order : message.order_spec()) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr resolved, SortOrder(order));
    window->orders.push_back(std::move(resolved));
  }
  if (message.has_frame_spec()) {
    const Frame& spec = message.frame_spec();
    ARROW_RETURN_NOT_OK(CheckFields(spec, {"frame_type", "lower", "upper"}));
    if (spec.frame_type() == Frame::FRAME_TYPE_UNDEFINED) {
      return NotSupported("a window frame of neither rows nor a range");
    }
    auto frame = std::make_shared<UnresolvedFrame>();
    frame->unit = spec.frame_type() == Frame::FRAME_TYPE_ROW ? FrameUnit::kRows : FrameUnit::kRange;
    // Offsets count ahead: those behind the row are negative.
    const auto bound = [&](const Frame::FrameBoundary& boundary,
                           FrameBoundKind unbounded) -> Result<UnresolvedFrameBound> {
      ARROW_RETURN_NOT_OK(CheckFields(boundary, {"current_row", "unbounded", "value"}));
      UnresolvedFrameBound result;
      if (boundary.has_unbounded()) result.kind = unbounded;
      if (!boundary.has_value()) return result;
      result.kind = FrameBoundKind::kFollowing;
      ARROW_ASSIGN_OR_RAISE(result.offset, Expression(boundary.value()));
      return result;
    };
    ARROW_ASSIGN_OR_RAISE(frame->lower, bound(spec.lower(), FrameBoundKind::kUnboundedPreceding));
    ARROW_ASSIGN_OR_RAISE(frame->upper, bound(spec.upper(), FrameBoundKind::kUnboundedFollowing));
    window->frame = std::move(frame);
  }
  auto expression = std::make_shared<UnresolvedExpression>();
  expression->kind = UnresolvedKind::kWindow;
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr function, Expression(message.window_function()));
  expression->children = {std::move(function)};
  expression->window = std::move(window);
  return UnresolvedPtr(std::move(expression));
}

}  // namespace headrace
