#include "connect/artifact_upload.h"

#include <algorithm>
#include <array>

#include "connect/field_check.h"

namespace headrace {
namespace {

Status InvalidArtifact(const std::string& text) {
  return MakeError(ErrorKind::kIllegalArgument, "INVALID_ARTIFACT", text);
}

std::array<uint32_t, 256> Crc32Table() {
  std::array<uint32_t, 256> table;
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xEDB88320u : 0);
    table[i] = value;
  }
  return table;
}

// zlib's CRC-32, which clients send for each chunk.
uint32_t Crc32(std::string_view bytes) {
  static const auto table = Crc32Table();
  uint32_t crc = ~0u;
  for (char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

Status CheckChunk(const std::string& name,
                  const messages::AddArtifactsRequest::ArtifactChunk& chunk) {
  ARROW_RETURN_NOT_OK(CheckFields(chunk, {"data", "crc"}));
  if (static_cast<int64_t>(Crc32(chunk.data())) == chunk.crc()) return Status::OK();
  return InvalidArtifact("The artifact " + name + " arrived damaged: its CRC does not match.");
}

// Blobs of rows, and what Python workers use. Jars have no use here: they are accepted because
// programs name them in configuration they share with Spark.
Status CheckName(const std::string& name) {
  constexpr std::array<std::string_view, 5> kFolders = {"cache/", "pyfiles/", "files/", "archives/",
                                                        "jars/"};
  if (name.find("..") != std::string::npos) {
    return InvalidArtifact("The artifact name " + name + " must not contain `..`.");
  }
  if (name.starts_with("forward_to_fs/")) {
    return NotSupported("copyFromLocalToFs",
                        "Copy the file to a place that the server reads by other means.");
  }
  bool known = std::any_of(kFolders.begin(), kFolders.end(),
                           [&](std::string_view folder) { return name.starts_with(folder); });
  return known ? Status::OK() : NotSupported("uploading " + name);
}

}  // namespace

Status ArtifactUpload::Add(const messages::AddArtifactsRequest& request) {
  key_ = {request.user_context().user_id(), request.session_id()};
  ARROW_RETURN_NOT_OK(
      CheckFields(request, {"session_id", "user_context", "client_observed_server_side_session_id",
                            "client_type", "batch", "begin_chunk", "chunk"}));
  ARROW_ASSIGN_OR_RAISE(session_, find_session_(request));
  if (request.has_chunk()) return AddChunk(request.chunk());
  if (chunks_missing_ > 0) {
    return InvalidArtifact("The artifact " + name_ + " lacks " + std::to_string(chunks_missing_) +
                           " chunks.");
  }
  if (request.has_begin_chunk()) {
    const auto& begin = request.begin_chunk();
    ARROW_RETURN_NOT_OK(CheckFields(begin, {"name", "total_bytes", "num_chunks", "initial_chunk"}));
    ARROW_RETURN_NOT_OK(CheckName(begin.name()));
    name_ = begin.name();
    content_.clear();
    chunks_missing_ = begin.num_chunks();
    total_bytes_ = begin.total_bytes();
    return AddChunk(begin.initial_chunk());
  }
  for (const auto& artifact : request.batch().artifacts()) {
    ARROW_RETURN_NOT_OK(CheckFields(artifact, {"name", "data"}));
    ARROW_RETURN_NOT_OK(CheckName(artifact.name()));
    ARROW_RETURN_NOT_OK(CheckChunk(artifact.name(), artifact.data()));
    ARROW_RETURN_NOT_OK(Store(artifact.name(), artifact.data().data()));
  }
  return Status::OK();
}

Status ArtifactUpload::AddChunk(const messages::AddArtifactsRequest::ArtifactChunk& chunk) {
  if (chunks_missing_ <= 0) return InvalidArtifact("A chunk arrived that belongs to no artifact.");
  ARROW_RETURN_NOT_OK(CheckChunk(name_, chunk));
  content_ += chunk.data();
  if (--chunks_missing_ > 0) return Status::OK();
  if (static_cast<int64_t>(content_.size()) != total_bytes_) {
    return InvalidArtifact("The artifact " + name_ + " has " + std::to_string(content_.size()) +
                           " bytes instead of " + std::to_string(total_bytes_) + ".");
  }
  return Store(name_, std::move(content_));
}

Status ArtifactUpload::Store(const std::string& name, std::string content) {
  ARROW_RETURN_NOT_OK(session_->session().PutArtifact(name, std::move(content)));
  auto* summary = response_.add_artifacts();
  summary->set_name(name);
  summary->set_is_crc_successful(true);
  return Status::OK();
}

Result<messages::AddArtifactsResponse> ArtifactUpload::Finish() {
  if (chunks_missing_ > 0) {
    return InvalidArtifact("The artifact " + name_ + " lacks " + std::to_string(chunks_missing_) +
                           " chunks.");
  }
  response_.set_session_id(key_.session_id);
  if (session_ != nullptr) response_.set_server_side_session_id(session_->server_side_id());
  return std::move(response_);
}

}  // namespace headrace
