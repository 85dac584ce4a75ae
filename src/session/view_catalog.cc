#include "session/view_catalog.h"

namespace headrace {

Status ViewCatalog::Put(const std::string& name, ResolvedPlanPtr plan, bool replace) {
  std::lock_guard lock(mutex_);
  auto& view = views_[ToLower(name)];
  if (view && !replace) {
    return AnalysisError(
        "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
        "Cannot create the temporary view " + QuoteIdentifier(name) +
            " because it already exists; drop it, choose another name, or replace it",
        {{"relationName", QuoteIdentifier(name)}});
  }
  view = std::move(plan);
  return Status::OK();
}

ResolvedPlanPtr ViewCatalog::Find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = views_.find(ToLower(name));
  return found == views_.end() ? nullptr : found->second;
}

bool ViewCatalog::Remove(const std::string& name) {
  std::lock_guard lock(mutex_);
  return views_.erase(ToLower(name)) > 0;
}

std::vector<std::string> ViewCatalog::Names() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, plan] : views_) names.push_back(name);
  return names;
}

}  // namespace headrace
