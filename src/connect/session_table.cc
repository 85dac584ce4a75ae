#include "connect/session_table.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kRememberedOperations = 1000;
constexpr size_t kRememberedSessions = 1000;
constexpr char kDefaultClientVersion[] = "4.1.0";

Status InvalidHandle(const std::string& reason, const std::string& handle,
                     const std::string& text) {
  return MakeError(ErrorKind::kSql, "INVALID_HANDLE." + reason, text, {{"handle", handle}});
}

Status CheckObserved(const ConnectSession& session, const std::string& observed) {
  if (observed.empty() || observed == session.server_side_id()) return Status::OK();
  return InvalidHandle("SESSION_CHANGED", session.key().session_id,
                       "The server was started anew or has dropped this session; what the session "
                       "held is gone. Make a new SparkSession.");
}

}  // namespace

ConnectSession::ConnectSession(std::shared_ptr<Engine> engine, SessionKey key,
                               const std::string& client_version)
    : engine_(std::move(engine)),
      key_(std::move(key)),
      server_side_id_(engine_->random->Uuid()),
      session_(std::make_unique<Session>(engine_, key_.session_id, client_version, key_.user_id)),
      bus_(engine_->clock),
      last_use_ms_(engine_->clock->now_ms()) {}

Result<std::shared_ptr<Operation>> ConnectSession::AddOperation(const std::string& operation_id,
                                                                OperationSettings settings,
                                                                bool* is_new) {
  std::lock_guard lock(mutex_);
  auto& slot = operations_[operation_id];
  *is_new = slot == nullptr;
  if (slot != nullptr) {
    if (slot->plan_fingerprint() == settings.plan_fingerprint) return slot;
    return InvalidHandle("OPERATION_ALREADY_EXISTS", operation_id,
                         "An operation with the id " + operation_id + " exists already.");
  }
  if (std::find(dropped_operations_.begin(), dropped_operations_.end(), operation_id) !=
      dropped_operations_.end()) {
    operations_.erase(operation_id);
    return InvalidHandle("OPERATION_ABANDONED", operation_id,
                         "The operation " + operation_id + " has ended and was released.");
  }
  OperationIdentity identity{key_.session_id, server_side_id_, operation_id};
  slot = std::make_shared<Operation>(std::move(identity), std::move(settings), engine_->clock,
                                     engine_->random);
  return slot;
}

std::shared_ptr<Operation> ConnectSession::FindOperation(const std::string& operation_id) const {
  std::lock_guard lock(mutex_);
  auto found = operations_.find(operation_id);
  return found == operations_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Operation>> ConnectSession::Operations() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Operation>> operations;
  for (const auto& [id, operation] : operations_) operations.push_back(operation);
  return operations;
}

bool ConnectSession::DropOperation(const std::string& operation_id) {
  std::shared_ptr<Operation> operation;
  {
    std::lock_guard lock(mutex_);
    auto node = operations_.extract(operation_id);
    if (node.empty()) return false;
    operation = std::move(node.mapped());
    dropped_operations_.push_back(operation_id);
    if (dropped_operations_.size() > kRememberedOperations) dropped_operations_.pop_front();
  }
  operation->Interrupt();
  return true;
}

void ConnectSession::DropDetachedOperations(int64_t milliseconds) {
  for (const auto& operation : Operations()) {
    if (operation->detached_ms() >= milliseconds) DropOperation(operation->id());
  }
}

void ConnectSession::TagQuery(const std::string& run_id, const std::set<std::string>& tags) {
  if (tags.empty()) return;
  std::lock_guard lock(mutex_);
  query_tags_[run_id] = tags;
}

void ConnectSession::StopQueriesWithTag(const std::string& tag) {
  std::map<std::string, std::set<std::string>> tags;
  {
    std::lock_guard lock(mutex_);
    tags = query_tags_;
  }
  for (const auto& query : session_->queries().Active()) {
    auto found = tags.find(query->run_id());
    if (found != tags.end() && found->second.contains(tag)) (void)query->Stop();
  }
}

void ConnectSession::Touch() {
  std::lock_guard lock(mutex_);
  last_use_ms_ = engine_->clock->now_ms();
}

int64_t ConnectSession::idle_ms() const {
  std::lock_guard lock(mutex_);
  return engine_->clock->now_ms() - last_use_ms_;
}

bool ConnectSession::busy() {
  for (const auto& operation : Operations()) {
    if (!operation->finished()) return true;
  }
  return !session_->queries().Active().empty();
}

void ConnectSession::Close() {
  for (const auto& operation : Operations()) DropOperation(operation->id());
  session_->queries().StopAll();
  bus_.Close();
}

SessionTable::SessionTable(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

Status SessionTable::CheckKey(const SessionKey& key) const {
  if (IsUuid(key.session_id)) return Status::OK();
  return InvalidHandle("FORMAT", key.session_id,
                       "The session id must be a UUID; got `" + key.session_id + "`.");
}

Result<ConnectSessionPtr> SessionTable::FindOrMake(const SessionKey& key,
                                                   const std::string& client_type,
                                                   const std::string& observed) {
  ARROW_RETURN_NOT_OK(CheckKey(key));
  std::unique_lock lock(mutex_);
  if (closed_.contains(key)) {
    return InvalidHandle("SESSION_CLOSED", key.session_id,
                         "The session was stopped. Make a new SparkSession.");
  }
  auto& slot = sessions_[key];
  if (slot == nullptr) {
    std::string version = ClientVersion(client_type);
    slot = std::make_shared<ConnectSession>(engine_, key,
                                            version.empty() ? kDefaultClientVersion : version);
  }
  ConnectSessionPtr session = slot;
  lock.unlock();
  session->Touch();
  ARROW_RETURN_NOT_OK(CheckObserved(*session, observed));
  return session;
}

Result<ConnectSessionPtr> SessionTable::Clone(ConnectSession& session,
                                              const std::string& new_session_id) {
  const auto refused = [&](const std::string& reason, const std::string& text) {
    return MakeError(ErrorKind::kSql, "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_" + reason,
                     "A session cannot be cloned under the id " + new_session_id + ", " + text,
                     {{"targetSessionId", new_session_id}});
  };
  if (!IsUuid(new_session_id)) return refused("FORMAT", "which is no UUID.");
  const SessionKey key{session.key().user_id, new_session_id};
  const auto check_free = [&]() -> Status {
    if (closed_.contains(key)) return refused("ALREADY_CLOSED", "which a stopped session had.");
    if (sessions_.contains(key)) return refused("ALREADY_EXISTS", "which another session has.");
    return Status::OK();
  };
  std::unique_lock lock(mutex_);
  ARROW_RETURN_NOT_OK(check_free());
  lock.unlock();
  auto clone = std::make_shared<ConnectSession>(engine_, key, session.session().client_version());
  ARROW_RETURN_NOT_OK(clone->session().CopyFrom(session.session()));
  lock.lock();
  ARROW_RETURN_NOT_OK(check_free());
  sessions_[key] = clone;
  return clone;
}

Result<ConnectSessionPtr> SessionTable::Find(const SessionKey& key, const std::string& observed) {
  ARROW_RETURN_NOT_OK(CheckKey(key));
  ConnectSessionPtr session = Peek(key);
  if (session == nullptr) {
    std::lock_guard lock(mutex_);
    bool closed = closed_.contains(key);
    return InvalidHandle(closed ? "SESSION_CLOSED" : "SESSION_NOT_FOUND", key.session_id,
                         closed ? "The session was stopped. Make a new SparkSession."
                                : "This server has no session of that id.");
  }
  session->Touch();
  ARROW_RETURN_NOT_OK(CheckObserved(*session, observed));
  return session;
}

ConnectSessionPtr SessionTable::Peek(const SessionKey& key) const {
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second;
}

ConnectSessionPtr SessionTable::Remove(const SessionKey& key, bool allow_reconnect) {
  std::lock_guard lock(mutex_);
  auto node = sessions_.extract(key);
  if (!allow_reconnect) RememberClosedLocked(key);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void SessionTable::RememberClosedLocked(const SessionKey& key) {
  if (!closed_.insert(key).second) return;
  closed_order_.push_back(key);
  if (closed_order_.size() > kRememberedSessions) {
    closed_.erase(closed_order_.front());
    closed_order_.pop_front();
  }
}

std::vector<ConnectSessionPtr> SessionTable::RemoveIdle(int64_t milliseconds) {
  std::vector<ConnectSessionPtr> removed;
  for (const auto& session : All()) {
    if (session->idle_ms() < milliseconds || session->busy()) continue;
    std::lock_guard lock(mutex_);
    sessions_.erase(session->key());
    RememberClosedLocked(session->key());
    removed.push_back(session);
  }
  return removed;
}

std::vector<ConnectSessionPtr> SessionTable::All() const {
  std::lock_guard lock(mutex_);
  std::vector<ConnectSessionPtr> sessions;
  for (const auto& [key, session] : sessions_) sessions.push_back(session);
  return sessions;
}

std::string ClientVersion(const std::string& client_type) {
  constexpr std::string_view kMark = "spark/";
  size_t start = client_type.find(kMark);
  if (start == std::string::npos) return "";
  start += kMark.size();
  return client_type.substr(start, client_type.find(' ', start) - start);
}

}  // namespace headrace
