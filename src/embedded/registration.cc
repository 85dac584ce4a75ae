// Gives the C++ API an engine, in every program that links headrace::headrace.
#include <charconv>
#include <mutex>
#include <thread>

#include "client/embedded.h"
#include "client/exception_factory.h"
#include "embedded/default_engine.h"
#include "embedded/embedded_transport.h"
#include "embedded/group_functions.h"

namespace headrace {
namespace {

// The pool that a master asks for; null for the process' own.
std::shared_ptr<TaskPool> PoolOf(const std::string& master) {
  if (master.empty() || master == "local[*]") return nullptr;
  int threads = 1;
  if (master != "local") {
    const char* begin = master.data() + std::string_view("local[").size();
    const char* end = master.data() + master.size() - 1;
    const bool framed = master.starts_with("local[") && master.ends_with("]") && begin < end;
    if (!framed || std::from_chars(begin, end, threads).ptr != end || threads < 1) {
      client::ThrowIllegalArgument(
          "INVALID_MASTER",
          "An engine in this process has a master like local[*] or local[4], not " + master +
              ". To use a server, give its address to remote().",
          {{"master", master}});
    }
  }
  return TaskPool::Create(threads);
}

// The sessions of a process share an engine as long as there is any.
std::shared_ptr<client::Transport> Connect(const std::map<std::string, std::string>& settings) {
  static std::mutex mutex;
  static std::weak_ptr<ConnectService> running;
  std::lock_guard lock(mutex);
  std::shared_ptr<ConnectService> service = running.lock();
  if (service == nullptr) {
    auto master = settings.find("spark.master");
    auto engine = MakeDefaultEngine(PoolOf(master == settings.end() ? "" : master->second));
    engine->group_function = GroupFunctionOfToken;
    service = std::make_shared<ConnectService>(std::move(engine));
    running = service;
  }
  return MakeEmbeddedTransport(std::move(service));
}

bool Register() {
  client::RegisterEmbeddedService(Connect);
  return true;
}

}  // namespace

// Named, so that linkers can be told to take this file out of its library: nobody refers to it.
extern "C" {
extern const bool headrace_embedded_engine;
const bool headrace_embedded_engine = Register();
}

}  // namespace headrace
