// Names that become durable together with what they name.
#pragma once

#include <string>
#include <sys/types.h>

#include "base/file_system.h"

namespace headrace {

// What a file system offers beside FileSystem when it writes names and contents through one
// journal. Elsewhere a new file takes two syncs, its own and its directory's, one after the other.
class JournaledFiles {
 public:
  virtual ~JournaledFiles() = default;
  // Whether it is so in `directory`.
  virtual bool IsJournaled(const std::string& directory) = 0;
  // Hands the content of `path` to the disk: a name that the file is given afterwards is not found
  // without it, not even after a power failure. One Sync of the file then makes both durable.
  virtual Status WriteOut(const std::string& path) = 0;
};

// `files`, if it is so in `directory`; else null.
JournaledFiles* JournalFor(FileSystem* files, const std::string& directory);

// Whether the file system on this device is known to be so: ext4 with a journal, XFS.
bool HasOneJournal(dev_t device);

// What HasOneJournal finds in the kernel's directory, /sys.
bool ShowsOneJournal(const std::string& kernel_directory, dev_t device);

}  // namespace headrace
