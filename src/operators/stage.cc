#include "operators/stage.h"

#include <algorithm>
#include <map>
#include <utility>

#include "operators/columns_read.h"

namespace headrace {
namespace {

bool GivesOutputAtTheEnd(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kProject:
    case PhysicalKind::kFilter:
    case PhysicalKind::kGenerate:
    case PhysicalKind::kWatermark:
    case PhysicalKind::kLimit:
    case PhysicalKind::kOffset:
    case PhysicalKind::kSample:
    case PhysicalKind::kCollectMetrics:
    case PhysicalKind::kDeduplicate:
    case PhysicalKind::kHashJoin:
    case PhysicalKind::kNestedLoopJoin:
      return false;
    default:
      return true;
  }
}

// Has it the same value in every micro-batch? Of what depends on more than its arguments, either is
// not deterministic, or is no constant though all its arguments are.
bool SameInEveryBatch(const Expression& expression) {
  bool same = expression.deterministic();
  Visit(expression.shared_from_this(), [&](const Expression& node) {
    const auto* call = dynamic_cast<const FunctionCall*>(&node);
    if (call == nullptr || call->foldable()) return;
    bool constant_arguments = true;
    for (const ExpressionPtr& child : call->children()) constant_arguments &= child->foldable();
    same = same && !constant_arguments;
  });
  return same;
}

// Rows that are part of the plan, and what is computed of nothing else.
bool IsConstant(const Stage& stage) {
  return std::all_of(stage.branches.begin(), stage.branches.end(), [](const Branch& branch) {
    if (branch.source != Branch::Source::kLocalData && branch.source != Branch::Source::kRange) {
      return false;
    }
    return std::all_of(branch.nodes.begin(), branch.nodes.end(), [](const ChainNode& entry) {
      const PhysicalNode& node = *entry.node;
      return (node.kind == PhysicalKind::kProject || node.kind == PhysicalKind::kFilter) &&
             std::all_of(node.expressions.begin(), node.expressions.end(),
                         [](const ExpressionPtr& e) { return SameInEveryBatch(*e); });
    });
  });
}

class StageCutter {
 public:
  StageCutter(StagedPlan* staged, int shuffle_partitions)
      : staged_(staged), shuffle_partitions_(shuffle_partitions) {
    NumberWatermarks(*staged->root);
  }

  Status AddStage(const PhysicalNodePtr& root, Exchange* output, SideInput* side) {
    Stage stage;
    stage.output = output;
    stage.side = side;
    stage.result_schema = root->schema;
    ARROW_RETURN_NOT_OK(Descend(root, {}, &stage));
    stage.constant = side != nullptr && IsConstant(stage);
    staged_->stages.push_back(std::move(stage));
    return Status::OK();
  }

 private:
  // Pre-order, as progress reports list them.
  void NumberWatermarks(const PhysicalNode& node) {
    if (node.kind == PhysicalKind::kWatermark) ordinals_[&node] = staged_->watermark_count++;
    for (const PhysicalNodePtr& child : node.children) NumberWatermarks(*child);
  }

  // `above`: the nodes passed on the way down, topmost first.
  Status Descend(const PhysicalNodePtr& node, std::vector<ChainNode> above, Stage* stage) {
    switch (node->kind) {
      case PhysicalKind::kScan:
        return AddBranch(Branch::Source::kScan, node, nullptr, std::move(above), stage);
      case PhysicalKind::kLocalData:
        return AddBranch(Branch::Source::kLocalData, node, nullptr, std::move(above), stage);
      case PhysicalKind::kRange:
        return AddBranch(Branch::Source::kRange, node, nullptr, std::move(above), stage);
      case PhysicalKind::kExchange: {
        const bool hashed = node->distribution == Distribution::kHash && !node->key_columns.empty();
        Exchange* exchange = AddExchange(hashed ? node->key_columns : std::vector<int>{},
                                         hashed ? shuffle_partitions_ : 1);
        ARROW_RETURN_NOT_OK(AddStage(node->children[0], exchange, nullptr));
        return AddBranch(Branch::Source::kExchange, nullptr, exchange, std::move(above), stage);
      }
      case PhysicalKind::kUnion:
        for (const PhysicalNodePtr& child : node->children) {
          ARROW_RETURN_NOT_OK(Descend(child, above, stage));
        }
        return Status::OK();
      default:
        break;
    }
    ChainNode entry{node};
    if (node->kind == PhysicalKind::kWatermark) {
      entry.watermark_ordinal = ordinals_.at(node.get());
    }
    if (node->kind == PhysicalKind::kCollectMetrics) {
      staged_->observed.push_back(std::make_unique<ObservedMetrics>(*node));
      entry.observed = staged_->observed.back().get();
    }
    if (node->kind == PhysicalKind::kStreamJoin) {
      const PhysicalNodePtr& second = node->children[1];
      entry.second = AddExchange(second->key_columns, shuffle_partitions_);
      ARROW_RETURN_NOT_OK(AddStage(second->children[0], entry.second, nullptr));
    } else if (node->children.size() == 2) {
      staged_->sides.push_back(std::make_unique<SideInput>());
      entry.side = staged_->sides.back().get();
      const PhysicalNodePtr& second = node->children[1];
      if (node->kind == PhysicalKind::kGroupsWithState) {
        ARROW_RETURN_NOT_OK(AddInitialState(second, node->build_keys, entry.side));
      } else {
        // An exchange above a side input would only gather what is gathered here.
        ARROW_RETURN_NOT_OK(
            AddStage(second->kind == PhysicalKind::kExchange ? second->children[0] : second,
                     AddExchange({}, 1), entry.side));
      }
    }
    above.push_back(entry);
    return Descend(node->children[0], std::move(above), stage);
  }

  // It meets the rows of its keys.
  Status AddInitialState(const PhysicalNodePtr& root, const std::vector<int>& keys,
                         SideInput* side) {
    ARROW_RETURN_NOT_OK(
        AddStage(root, AddExchange(keys, keys.empty() ? 1 : shuffle_partitions_), side));
    staged_->stages.back().is_initial_state = true;
    return Status::OK();
  }

  Exchange* AddExchange(std::vector<int> key_columns, int partitions) {
    staged_->exchanges.push_back(std::make_unique<Exchange>(std::move(key_columns), partitions));
    return staged_->exchanges.back().get();
  }

  static Status AddBranch(Branch::Source source, PhysicalNodePtr leaf, Exchange* exchange,
                          std::vector<ChainNode> above, Stage* stage) {
    Branch branch;
    branch.source = source;
    branch.leaf = std::move(leaf);
    branch.exchange = exchange;
    std::reverse(above.begin(), above.end());
    branch.nodes = std::move(above);
    branch.streams =
        std::none_of(branch.nodes.begin(), branch.nodes.end(),
                     [](const ChainNode& entry) { return GivesOutputAtTheEnd(entry.node->kind); });
    stage->branches.push_back(std::move(branch));
    return Status::OK();
  }

  StagedPlan* staged_;
  const int shuffle_partitions_;
  std::map<const PhysicalNode*, int> ordinals_;
};

}  // namespace

Result<std::unique_ptr<StagedPlan>> CutIntoStages(std::shared_ptr<const PhysicalPlan> plan,
                                                  int shuffle_partitions) {
  auto staged = std::make_unique<StagedPlan>();
  staged->plan = std::move(plan);
  staged->root = staged->plan->root;
  StageCutter cutter(staged.get(), shuffle_partitions);
  ARROW_RETURN_NOT_OK(cutter.AddStage(staged->root, nullptr, nullptr));
  return staged;
}

}  // namespace headrace
