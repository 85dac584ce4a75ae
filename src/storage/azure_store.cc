#include "storage/azure_options.h"

namespace headrace {

Result<Store> OpenAzure(const std::string& scheme, const std::string& authority,
                        const StoreSettings& settings) {
  ARROW_ASSIGN_OR_RAISE(const AzureContainer container,
                        ReadAzureSettings(scheme, authority, settings));
  Store store;
  ARROW_ASSIGN_OR_RAISE(store.files, arrow::fs::AzureFileSystem::Make(container.account));
  store.root = container.name;
  store.can_abort = true;
  store.shows_unfinished = true;
  store.moves_need_directory = true;
  return store;
}

}  // namespace headrace
