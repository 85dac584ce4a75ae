// One directory in the place of another, at once.
#pragma once

#include <string>

#include "base/file_system.h"

namespace headrace {

// What a file system offers beside FileSystem when it can.
class DirectoryExchange {
 public:
  virtual ~DirectoryExchange() = default;
  virtual bool CanExchange(const std::string& place) = 0;
  virtual Result<bool> Exchange(const std::string& fresh, const std::string& place) = 0;
};

// Whether a directory beside `place` could take its place: there is none, or it is no link and lies
// where its parent lies.
bool CanExchangeDirectory(FileSystem* files, const std::string& place);

// `fresh` stands where `place` stood and the other way round, as one step for all who look, and
// durably; mode and owner stay with the place. False, and nothing has changed: the file system
// cannot, or `place` is a link, a mount or no directory.
Result<bool> ExchangeDirectories(FileSystem* files, const std::string& fresh,
                                 const std::string& place);

}  // namespace headrace
