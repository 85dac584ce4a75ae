// The sessions of a server and the operations in them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "connect/listener_bus.h"
#include "connect/operation.h"
#include "connect/wire_error.h"
#include "session/session.h"

namespace headrace {

struct SessionKey {
  std::string user_id;
  std::string session_id;
  auto operator<=>(const SessionKey&) const = default;
};

// What a client sees as its session. Thread-safe.
class ConnectSession {
 public:
  ConnectSession(std::shared_ptr<Engine> engine, SessionKey key, const std::string& client_version);

  const SessionKey& key() const { return key_; }
  const std::string& server_side_id() const { return server_side_id_; }
  Session& session() { return *session_; }
  ErrorMemory& errors() { return errors_; }
  ListenerBus& bus() { return bus_; }

  // A new operation; INVALID_HANDLE.OPERATION_ALREADY_EXISTS / OPERATION_ABANDONED for an id that
  // is or was in use. The same plan under the id of a running operation gives that operation
  // (`*is_new` false): the client repeats a request whose answer it never saw.
  Result<std::shared_ptr<Operation>> AddOperation(const std::string& operation_id,
                                                  OperationSettings settings, bool* is_new);
  std::shared_ptr<Operation> FindOperation(const std::string& operation_id) const;
  std::vector<std::shared_ptr<Operation>> Operations() const;
  // Interrupts the operation if it runs and forgets its responses. False if there is none.
  bool DropOperation(const std::string& operation_id);
  // Drops operations that nobody has listened to for `milliseconds`.
  void DropDetachedOperations(int64_t milliseconds);

  // Tags of the operation that started a query, so that interruptTag reaches the query too.
  void TagQuery(const std::string& run_id, const std::set<std::string>& tags);
  void StopQueriesWithTag(const std::string& tag);

  void Touch();
  int64_t idle_ms() const;
  // Operations and queries keep a session alive without requests.
  bool busy();
  // Interrupts operations, stops queries.
  void Close();

 private:
  const std::shared_ptr<Engine> engine_;
  const SessionKey key_;
  const std::string server_side_id_;
  std::unique_ptr<Session> session_;
  ErrorMemory errors_;
  ListenerBus bus_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Operation>> operations_;
  std::deque<std::string> dropped_operations_;
  std::map<std::string, std::set<std::string>> query_tags_;
  int64_t last_use_ms_;
};
using ConnectSessionPtr = std::shared_ptr<ConnectSession>;

// Thread-safe.
class SessionTable {
 public:
  explicit SessionTable(std::shared_ptr<Engine> engine);

  // The session, made if need be. `client_type` tells the client's version; `observed` is the
  // server-side id that the client saw last, "" if none. Errors: INVALID_HANDLE.FORMAT,
  // SESSION_CLOSED, SESSION_CHANGED.
  Result<ConnectSessionPtr> FindOrMake(const SessionKey& key, const std::string& client_type,
                                       const std::string& observed);
  // A new session that begins with what `session` holds. INVALID_CLONE_SESSION_REQUEST if the id
  // is none, or is or was in use.
  Result<ConnectSessionPtr> Clone(ConnectSession& session, const std::string& new_session_id);
  // INVALID_HANDLE.SESSION_NOT_FOUND or SESSION_CLOSED when there is none.
  Result<ConnectSessionPtr> Find(const SessionKey& key, const std::string& observed);
  // Null when unknown.
  ConnectSessionPtr Peek(const SessionKey& key) const;
  // Takes the session out of the table; the caller closes it. Null when unknown.
  ConnectSessionPtr Remove(const SessionKey& key, bool allow_reconnect);
  // Removes and returns sessions that were not used for `milliseconds`.
  std::vector<ConnectSessionPtr> RemoveIdle(int64_t milliseconds);
  std::vector<ConnectSessionPtr> All() const;

 private:
  Status CheckKey(const SessionKey& key) const;
  void RememberClosedLocked(const SessionKey& key);

  const std::shared_ptr<Engine> engine_;
  mutable std::mutex mutex_;
  std::map<SessionKey, ConnectSessionPtr> sessions_;
  std::set<SessionKey> closed_;
  std::deque<SessionKey> closed_order_;
};

// "4.3.0" of "_SPARK_CONNECT_PYTHON spark/4.3.0 os/linux python/3.11.7"; "" if it tells none.
std::string ClientVersion(const std::string& client_type);

}  // namespace headrace
