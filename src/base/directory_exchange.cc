#include "base/directory_exchange.h"

namespace headrace {

bool CanExchangeDirectory(FileSystem* files, const std::string& place) {
  auto* direct = dynamic_cast<DirectoryExchange*>(files);
  return direct != nullptr && direct->CanExchange(place);
}

Result<bool> ExchangeDirectories(FileSystem* files, const std::string& fresh,
                                 const std::string& place) {
  auto* direct = dynamic_cast<DirectoryExchange*>(files);
  if (direct == nullptr) return false;
  ARROW_ASSIGN_OR_RAISE(const bool exchanged, direct->Exchange(fresh, place));
  if (!exchanged) return false;
  ARROW_RETURN_NOT_OK(files->SyncDirectory(DirectoryName(place)));
  ARROW_RETURN_NOT_OK(files->SyncDirectory(DirectoryName(fresh)));
  return true;
}

}  // namespace headrace
