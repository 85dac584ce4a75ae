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
    if (node->children.size() == 2) {
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
