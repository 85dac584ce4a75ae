// Temporary views by name: those of a session, or the global ones of a process. A view holds a plan
// that was analysed when it was made, so that it may be replaced by a plan over itself.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "plan/resolved_plan.h"

namespace headrace {

class ViewCatalog {
 public:
  // TEMP_TABLE_OR_VIEW_ALREADY_EXISTS unless `replace`.
  Status Put(const std::string& name, ResolvedPlanPtr plan, bool replace);
  ResolvedPlanPtr Find(const std::string& name) const;  // case-insensitive; null: absent
  bool Remove(const std::string& name);
  std::vector<std::string> Names() const;  // sorted, lower case

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ResolvedPlanPtr> views_;
};

}  // namespace headrace
