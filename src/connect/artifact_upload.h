// One AddArtifacts call: whole artifacts and artifacts in chunks, checked and kept by the session.
#pragma once

#include <functional>
#include <string>

#include "connect/messages.h"
#include "connect/session_table.h"

namespace headrace {

class ArtifactUpload {
 public:
  using FindSession =
      std::function<Result<ConnectSessionPtr>(const messages::AddArtifactsRequest& request)>;
  explicit ArtifactUpload(FindSession find_session) : find_session_(std::move(find_session)) {}

  Status Add(const messages::AddArtifactsRequest& request);
  // After the last request. An artifact that is not complete is an error.
  Result<messages::AddArtifactsResponse> Finish();
  // Of the requests so far, for error reports.
  const SessionKey& key() const { return key_; }

 private:
  Status AddChunk(const messages::AddArtifactsRequest::ArtifactChunk& chunk);
  Status Store(const std::string& name, std::string content);

  FindSession find_session_;
  SessionKey key_;
  ConnectSessionPtr session_;
  messages::AddArtifactsResponse response_;
  // The artifact in chunks that is under way.
  std::string name_, content_;
  int64_t chunks_missing_ = 0;
  int64_t total_bytes_ = 0;
};

}  // namespace headrace
