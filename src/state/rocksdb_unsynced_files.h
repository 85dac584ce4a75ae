// Files of databases that need not survive a crash: RocksDB's syncs are left out.
#pragma once

#include <rocksdb/env.h>

namespace headrace {

// Lives as long as the process.
rocksdb::Env* UnsyncedEnvironment();

}  // namespace headrace
