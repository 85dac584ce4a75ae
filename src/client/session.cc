#include "headrace/session.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>

#include "base/random.h"
#include "client/connection.h"
#include "client/connection_url.h"
#include "client/embedded.h"
#include "client/exception_factory.h"
#include "client/grpc_transport.h"

namespace headrace::inline v1 {
namespace {

using client::Connection;
using client::messages::ConfigRequest;
using client::messages::InterruptRequest;

// What getOrCreate() finds again. It does not keep the session: that is up to the program's
// handles.
struct DefaultSession {
  std::mutex mutex;
  std::weak_ptr<Connection> connection;
  std::string remote;
};

DefaultSession& TheDefaultSession() {
  static DefaultSession session;
  return session;
}

std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string UserName() {
  std::string user = EnvironmentVariable("SPARK_USER");
  return user.empty() ? EnvironmentVariable("USER") : user;
}

std::shared_ptr<Connection> ConnectTo(const std::string& remote,
                                      const std::map<std::string, std::string>& settings) {
  if (remote.empty()) {
    return std::make_shared<Connection>(
        client::ConnectToEmbeddedService(settings),
        client::SessionIdentity{.session_id = Random::System()->Uuid(), .user_id = UserName()});
  }
  const client::ConnectionUrl url = client::ParseConnectionUrl(remote);
  return std::make_shared<Connection>(
      client::MakeGrpcTransport(url),
      client::SessionIdentity{
          .session_id = url.session_id.empty() ? Random::System()->Uuid() : url.session_id,
          .user_id = url.user_id.empty() ? UserName() : url.user_id});
}

// Settings that a running engine cannot take are told, not fatal: programs carry settings of the
// cluster they were written for.
void Apply(const std::map<std::string, std::string>& settings, Connection* connection) {
  ConfigRequest::Operation operation;
  for (const auto& [key, value] : settings) {
    if (key == "spark.master" || key == "spark.remote") continue;
    auto* pair = operation.mutable_set()->add_pairs();
    pair->set_key(key);
    pair->set_value(value);
  }
  operation.mutable_set()->set_silent(true);
  const auto response = connection->Config(std::move(operation));
  for (const std::string& warning : response.warnings()) {
    std::cerr << "headrace: " << warning << std::endl;
  }
}

std::vector<std::string> InterruptWith(Connection* connection, InterruptRequest::InterruptType type,
                                       auto set_target) {
  InterruptRequest request;
  request.set_interrupt_type(type);
  set_target(&request);
  return connection->Interrupt(std::move(request));
}

}  // namespace

SparkSession::Builder SparkSession::builder() { return Builder(); }

std::optional<SparkSession> SparkSession::getActiveSession() {
  DefaultSession& existing = TheDefaultSession();
  std::lock_guard lock(existing.mutex);
  std::shared_ptr<Connection> connection = existing.connection.lock();
  if (connection == nullptr || connection->released()) return std::nullopt;
  return SparkSession(std::move(connection));
}

std::string SparkSession::version() const {
  client::messages::AnalyzePlanRequest request;
  request.mutable_spark_version();
  return connection_->Analyze(std::move(request)).spark_version().version();
}

SparkSession SparkSession::newSession() const { return SparkSession(connection_->NewSession()); }

void SparkSession::addTag(const std::string& tag) const {
  if (tag.empty() || tag.find(',') != std::string::npos) {
    client::ThrowIllegalArgument("INVALID_TAG",
                                 "A tag is text without commas, not \"" + tag + "\".");
  }
  std::vector<std::string>& tags = connection_->tags_of_this_thread();
  if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
}
void SparkSession::removeTag(const std::string& tag) const {
  std::erase(connection_->tags_of_this_thread(), tag);
}
std::vector<std::string> SparkSession::getTags() const {
  return connection_->tags_of_this_thread();
}
void SparkSession::clearTags() const { connection_->tags_of_this_thread().clear(); }

std::vector<std::string> SparkSession::interruptAll() const {
  return InterruptWith(connection_.get(), InterruptRequest::INTERRUPT_TYPE_ALL,
                       [](InterruptRequest*) {});
}
std::vector<std::string> SparkSession::interruptTag(const std::string& tag) const {
  return InterruptWith(connection_.get(), InterruptRequest::INTERRUPT_TYPE_TAG,
                       [&](InterruptRequest* request) { request->set_operation_tag(tag); });
}
std::vector<std::string> SparkSession::interruptOperation(const std::string& id) const {
  return InterruptWith(connection_.get(), InterruptRequest::INTERRUPT_TYPE_OPERATION_ID,
                       [&](InterruptRequest* request) { request->set_operation_id(id); });
}

void SparkSession::stop() const { connection_->Release(); }

SparkSession::Builder& SparkSession::Builder::appName(const std::string& name) {
  return config("spark.app.name", name);
}
SparkSession::Builder& SparkSession::Builder::master(const std::string& master) {
  return config("spark.master", master);
}
SparkSession::Builder& SparkSession::Builder::remote(const std::string& url) {
  remote_ = url;
  return *this;
}
SparkSession::Builder& SparkSession::Builder::config(const std::string& key,
                                                     const OptionValue& value) {
  if (key == "spark.remote") return remote(value.text());
  config_[key] = value.text();
  return *this;
}

std::string SparkSession::Builder::Remote() const {
  if (!remote_.empty() && config_.contains("spark.master")) {
    client::ThrowIllegalArgument(
        "CANNOT_CONFIGURE_SPARK_CONNECT_MASTER",
        "A session is either remote, at " + remote_ + ", or has a master of its own, " +
            config_.at("spark.master") + ". Leave one of them out.",
        {{"master_url", config_.at("spark.master")}, {"new_connect_url", remote_}});
  }
  if (!remote_.empty() || config_.contains("spark.master")) return remote_;
  return EnvironmentVariable("SPARK_REMOTE");
}

SparkSession SparkSession::Builder::create() const {
  auto connection = ConnectTo(Remote(), config_);
  Apply(config_, connection.get());
  return SparkSession(std::move(connection));
}

SparkSession SparkSession::Builder::getOrCreate() const {
  const std::string remote = Remote();
  DefaultSession& existing = TheDefaultSession();
  std::lock_guard lock(existing.mutex);
  std::shared_ptr<Connection> connection = existing.connection.lock();
  if (connection == nullptr || connection->released()) {
    connection = ConnectTo(remote, config_);
    Apply(config_, connection.get());
    existing.connection = connection;
    existing.remote = remote;
    return SparkSession(std::move(connection));
  }
  if (!remote.empty() && remote != existing.remote) {
    client::ThrowIllegalArgument(
        "CANNOT_CONFIGURE_SPARK_CONNECT",
        "There is a session " +
            (existing.remote.empty() ? std::string("in this process") : "at " + existing.remote) +
            " already, so that none can be had at " + remote +
            ". Stop it first, or use create() for a second one.",
        {{"existing_url", existing.remote}, {"new_url", remote}});
  }
  Apply(config_, connection.get());
  return SparkSession(std::move(connection));
}

}  // namespace headrace::inline v1
