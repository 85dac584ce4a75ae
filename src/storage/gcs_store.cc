#include <arrow/filesystem/gcsfs.h>

#include "base/file_system.h"
#include "storage/setting_reader.h"

namespace headrace {

namespace {

using arrow::fs::GcsOptions;

constexpr char kPrefix[] = "fs.gs.";

const std::set<std::string> kKnown = {"auth.type", "auth.service.account.json.keyfile",
                                      "project.id", "storage.root.url"};

// Beginnings of names that only speed, memory, retries and logs depend on.
const std::set<std::string> kWithoutEffect = {"application.name.",
                                              "batch.",
                                              "block.size",
                                              "bucket.delete.",
                                              "cooperative.",
                                              "copy.",
                                              "create.items.",
                                              "glob.",
                                              "hierarchical.",
                                              "http.",
                                              "impl",
                                              "implicit.dir.",
                                              "inputstream.",
                                              "io.",
                                              "lazy.",
                                              "list.",
                                              "marker.file.",
                                              "max.",
                                              "metrics.",
                                              "outputstream.",
                                              "performance.",
                                              "reported.permissions",
                                              "rewrite.",
                                              "status.",
                                              "tracelog.",
                                              "working.dir"};

}  // namespace

Result<Store> OpenGcs(const std::string& authority, const StoreSettings& settings) {
  const SettingReader reader(settings, kPrefix, authority);
  ARROW_RETURN_NOT_OK(reader.Check(kKnown, kWithoutEffect));
  // The names of old; those of today say the same.
  if (const auto old = settings.lower_bound("google.cloud.");
      old != settings.end() && old->first.starts_with("google.cloud.")) {
    return NotSupported("setting " + old->first, "Use fs.gs.auth.type and what goes with it.");
  }
  const auto key_file = reader.Get("auth.service.account.json.keyfile");
  const std::string kind =
      reader.Get("auth.type")
          .value_or(key_file ? "SERVICE_ACCOUNT_JSON_KEYFILE" : "APPLICATION_DEFAULT");
  GcsOptions options;
  if (kind == "UNAUTHENTICATED") {
    options = GcsOptions::Anonymous();
  } else if (kind == "SERVICE_ACCOUNT_JSON_KEYFILE") {
    if (!key_file) {
      return BadSetting("fs.gs.auth.service.account.json.keyfile",
                        "must name a file for the auth.type SERVICE_ACCOUNT_JSON_KEYFILE");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string key, FileSystem::Local()->ReadFile(*key_file));
    options = GcsOptions::FromServiceAccountCredentials(key);
  } else if (kind == "APPLICATION_DEFAULT" || kind == "COMPUTE_ENGINE") {
    options = GcsOptions::Defaults();
  } else {
    return NotSupported("fs.gs.auth.type=" + kind,
                        "Use APPLICATION_DEFAULT, COMPUTE_ENGINE, SERVICE_ACCOUNT_JSON_KEYFILE or "
                        "UNAUTHENTICATED.");
  }
  options.scheme = "https";
  if (const auto url = reader.Get("storage.root.url")) {
    ARROW_ASSIGN_OR_RAISE(options.endpoint_override,
                          HostOf("fs.gs.storage.root.url", *url, &options.scheme));
  }
  options.project_id = reader.Get("project.id");
  // By default a store that does not answer would be asked for a quarter of an hour.
  options.retry_limit_seconds = 60;
  Store store;
  ARROW_ASSIGN_OR_RAISE(store.files, arrow::fs::GcsFileSystem::Make(options));
  store.root = authority;
  store.hides_directories = true;
  return store;
}

}  // namespace headrace
