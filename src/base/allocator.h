// How a program of ours keeps free memory. A library in somebody else's process leaves that alone.
#pragma once

namespace headrace {

// Sets up malloc, and Arrow to use it. To be called once, before anything else.
void ConfigureAllocator();

// Hands memory that is free back to the system, if there is much of it. To be called where much may
// have become free: when a query ends, not between its batches. Without ConfigureAllocator:
// nothing.
void GiveBackFreeMemory();

}  // namespace headrace
