#include "base/allocator.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <thread>
#include <unistd.h>

namespace headrace {

namespace {

// Bytes that the process may grow by before it is worth a look at what is free.
constexpr int64_t kWorthALook = 32 << 20;

std::atomic<bool> is_ours = false;
std::atomic<int64_t> resident_after_last_look = 0;

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;  // pages
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace

void ConfigureAllocator() {
  // Batches take and free the same megabytes again and again: what is free stays within reach up to
  // a limit, or the kernel would have to clear the same pages for each batch. The limit is that of
  // one arena. There are many more threads than cores, and each query brings some of its own: with
  // an arena for each thread, what is free would add up.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  // A second allocator, Arrow's own, would keep free memory that malloc then takes once more.
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", /*overwrite=*/0);
  is_ours = true;
}

void GiveBackFreeMemory() {
  if (!is_ours || ResidentBytes() - resident_after_last_look < kWorthALook) return;
  malloc_trim(0);
  resident_after_last_look = ResidentBytes();
}

}  // namespace headrace
