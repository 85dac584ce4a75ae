// worker_daemon.py, as text: the program of the process that forks workers.
#pragma once

namespace headrace {

// Its argument is the worker's module.
extern const char* const kWorkerDaemonProgram;

}  // namespace headrace
