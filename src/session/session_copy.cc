// cloneSession(): a session that begins with what another one holds. Queries, kept DataFrames and
// listeners stay with the one that they are of.
#include <utility>

#include "session/session_state.h"

namespace headrace {

Status Session::CopyFrom(Session& other) {
  Impl& from = *other.impl_;
  std::map<std::string, std::string> artifacts;
  std::map<std::string, DataSourceClass> data_sources;
  std::map<std::string, std::shared_ptr<const PythonFunction>> functions, table_functions;
  {
    std::lock_guard lock(from.mutex);
    artifacts = from.artifacts;
    data_sources = from.data_sources;
    functions = from.functions;
    table_functions = from.table_functions;
  }
  // First: they tell which Python unpacks archives.
  impl_->configuration.CopyFrom(from.configuration);
  for (auto& [name, content] : artifacts) {
    ARROW_RETURN_NOT_OK(PutArtifact(name, std::move(content)));
  }
  for (const auto& [name, source] : data_sources) ARROW_RETURN_NOT_OK(RegisterDataSource(source));
  for (const std::string& name : from.views.Names()) {
    ResolvedPlanPtr view = from.views.Find(name);
    if (view == nullptr) continue;  // dropped meanwhile
    ARROW_RETURN_NOT_OK(impl_->views.Put(name, std::move(view), /*replace=*/true));
  }
  {
    std::lock_guard lock(impl_->mutex);
    impl_->functions = std::move(functions);
    impl_->table_functions = std::move(table_functions);
  }
  return impl_->tables.SetCurrentDatabase(from.tables.current_database());
}

}  // namespace headrace
