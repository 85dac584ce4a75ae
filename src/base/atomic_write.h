// FileSystem::WriteFileAtomically with a choice of when to sync.
//
// A journaling file system commits its journal for each sync, and that is nearly all that a small
// file costs. Files that can do with less say so here.
#pragma once

#include <functional>
#include <string>

#include "base/file_system.h"

namespace headrace {

enum class SyncOrder {
  // Whoever finds the name finds the content, also after a power failure.
  kFileThenName,
  // One commit of the journal for both. A power failure before the return may leave the name with
  // a part of the content: for files with checksums that nobody trusts before the return.
  kNameThenFile,
  // Durable once the caller has called Sync and SyncDirectory; until then as kNameThenFile.
  kLater,
};

// A remote file (base/remote_path.h) is put whole under its name, whatever the order; without
// `overwrite` after a look whether it is there, which does not exclude another process.
// The injection point `points.synced` is passed with kFileThenName and remote files only.
Status WriteFileAtomically(FileSystem* files, const std::string& path,
                           const std::function<Status(WritableFile*)>& write, bool overwrite,
                           SyncOrder order, const AtomicWritePoints& points = {});

}  // namespace headrace
