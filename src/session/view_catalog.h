// Temporary views by name. A view holds a plan that was analysed when it was made, so that it may
// be replaced by a plan over itself. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "plan/unresolved.h"

namespace headrace {

class ViewCatalog {
 public:
  // TEMP_TABLE_OR_VIEW_ALREADY_EXISTS unless `replace`.
  Status Put(const std::string& name, LogicalPlanPtr plan, bool replace);
  LogicalPlanPtr Find(const std::string& name) const;  // case-insensitive; null: absent
  bool Remove(const std::string& name);
  std::vector<std::string> Names() const;  // sorted, lower case

 private:
  mutable std::mutex mutex_;
  std::map<std::string, LogicalPlanPtr> views_;
};

}  // namespace headrace
