// Which rows of a join appear in its output without a match.
#pragma once

#include "plan/physical_plan.h"

namespace headrace {

// The join type as seen from the probe side: kLeft… speaks of probe rows, kRight… of build rows.
inline JoinType ProbeJoinType(const PhysicalNode& node) {
  if (!node.build_is_left) return node.join_type;
  if (node.join_type == JoinType::kLeftOuter) return JoinType::kRightOuter;
  if (node.join_type == JoinType::kRightOuter) return JoinType::kLeftOuter;
  return node.join_type;
}

// A semi or anti join whose left side is the build side gives build rows.
inline bool GivesBuildRows(const PhysicalNode& node) {
  return node.build_is_left &&
         (node.join_type == JoinType::kLeftSemi || node.join_type == JoinType::kLeftAnti);
}

// Do build rows have to be looked at after all probe rows went by?
inline bool PreservesBuildSide(const PhysicalNode& node) {
  const JoinType type = ProbeJoinType(node);
  return type == JoinType::kRightOuter || type == JoinType::kFullOuter || GivesBuildRows(node);
}

}  // namespace headrace
