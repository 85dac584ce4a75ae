#include "storage/storage.h"

#include <deque>
#include <mutex>
#include <utility>

#include "base/data_files.h"
#include "base/directory_exchange.h"
#include "base/directory_names.h"
#include "base/journaled_files.h"
#include "base/remote_path.h"
#include "storage/remote_file_system.h"

namespace headrace {

namespace {

constexpr std::string_view kSparkPrefix = "spark.hadoop.";

bool IsStoreSetting(std::string_view name) {
  return name.starts_with("fs.") || name.starts_with("google.cloud.");
}

// The stores that a process has open: connections serve all queries with the same settings.
class OpenStores {
 public:
  static OpenStores& Process() {
    static auto* stores = new OpenStores;
    return *stores;
  }

  Result<std::shared_ptr<RemoteFileSystem>> Find(const std::string& path,
                                                 const StoreSettings& settings) {
    const RemotePath parts = SplitRemotePath(path);
    // s3 and s3a are one.
    const std::string scheme(parts.scheme == "s3a" ? "s3" : parts.scheme);
    const std::string authority(parts.authority);
    std::string key = scheme + "://" + authority;
    for (const auto& [name, value] : settings) key += '\0' + name + '\0' + value;
    std::lock_guard lock(mutex_);
    for (const auto& [known, store] : stores_) {
      if (known == key) return store;
    }
    ARROW_ASSIGN_OR_RAISE(Store store, Open(scheme, authority, settings));
    if (stores_.size() == kMostStores) stores_.pop_front();
    stores_.emplace_back(std::move(key), std::make_shared<RemoteFileSystem>(std::move(store)));
    return stores_.back().second;
  }

 private:
  static Result<Store> Open(const std::string& scheme, const std::string& authority,
                            const StoreSettings& settings) {
    if (scheme == "s3") return OpenS3(authority, settings);
    if (scheme == "gs") return OpenGcs(authority, settings);
    return OpenAzure(scheme, authority, settings);
  }

  static constexpr size_t kMostStores = 64;  // the oldest is forgotten; who uses it keeps it
  std::mutex mutex_;
  std::deque<std::pair<std::string, std::shared_ptr<RemoteFileSystem>>> stores_;
};

class Storage final : public FileSystem,
                      public DirectoryNames,
                      public DirectoryExchange,
                      public JournaledFiles,
                      public DataFiles {
 public:
  Storage(std::shared_ptr<FileSystem> local, std::function<StoreSettings()> settings)
      : local_(std::move(local)), settings_(std::move(settings)) {}

  std::shared_ptr<FileSystem> With(StoreSettings more) const {
    return std::make_shared<Storage>(local_, [base = settings_, more = std::move(more)] {
      StoreSettings all = more;
      all.merge(base());
      return all;
    });
  }

  Result<std::string> ReadFile(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->ReadFile(path);
  }
  Result<std::string> ReadRange(const std::string& path, int64_t offset, int64_t length) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->ReadRange(path, offset, length);
  }
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->Create(path);
  }
  Status Sync(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->Sync(path);
  }
  Status SyncDirectory(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->SyncDirectory(path);
  }
  Status CreateDirectories(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->CreateDirectories(path);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, ForBoth(from, to));
    return files->Rename(from, to);
  }
  Status RenameIfAbsent(const std::string& from, const std::string& to) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, ForBoth(from, to));
    return files->RenameIfAbsent(from, to);
  }
  Status RemoveFile(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->RemoveFile(path);
  }
  Status RemoveDirectory(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->RemoveDirectory(path);
  }
  Result<bool> Exists(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->Exists(path);
  }
  Result<FileInformation> Information(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->Information(path);
  }
  Result<std::vector<FileInformation>> List(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(directory));
    return files->List(directory);
  }
  Result<std::shared_ptr<void>> Lock(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return files->Lock(path);
  }
  Result<std::vector<NameInDirectory>> Names(const std::string& directory) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(directory));
    return NamesIn(files.get(), directory);
  }
  bool CanExchange(const std::string& place) override {
    return !IsRemote(place) && CanExchangeDirectory(local_.get(), place);
  }
  Result<bool> Exchange(const std::string& fresh, const std::string& place) override {
    auto* local = dynamic_cast<DirectoryExchange*>(local_.get());
    if (local == nullptr || IsRemote(fresh) || IsRemote(place)) return false;
    return local->Exchange(fresh, place);
  }
  bool IsJournaled(const std::string& directory) override {
    return !IsRemote(directory) && JournalFor(local_.get(), directory) != nullptr;
  }
  Status WriteOut(const std::string& path) override {
    auto* local = dynamic_cast<JournaledFiles*>(local_.get());
    return local == nullptr ? Status::OK() : local->WriteOut(path);
  }
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return headrace::OpenInput(files.get(), path);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const auto files, For(path));
    return headrace::OpenOutput(files.get(), path);
  }

 private:
  Result<std::shared_ptr<FileSystem>> For(const std::string& path) const {
    if (!IsRemote(path)) return local_;
    return OpenStores::Process().Find(path, settings_());
  }

  Result<std::shared_ptr<FileSystem>> ForBoth(const std::string& from,
                                              const std::string& to) const {
    ARROW_ASSIGN_OR_RAISE(auto files, For(from));
    ARROW_ASSIGN_OR_RAISE(const auto other, For(to));
    if (files == other) return files;
    return Status::IOError("cannot rename ", from, " to ", to, ": they lie in different places");
  }

  const std::shared_ptr<FileSystem> local_;
  const std::function<StoreSettings()> settings_;
};

}  // namespace

std::shared_ptr<FileSystem> MakeStorage(std::shared_ptr<FileSystem> local,
                                        std::function<StoreSettings()> settings) {
  return std::make_shared<Storage>(std::move(local), std::move(settings));
}

StoreSettings StoreSettingsOf(const std::map<std::string, std::string>& configuration) {
  StoreSettings settings;
  for (const auto& [key, value] : configuration) {
    std::string_view name = key;
    const bool prefixed = name.starts_with(kSparkPrefix);
    if (prefixed) name.remove_prefix(kSparkPrefix.size());
    if (!IsStoreSetting(name)) continue;
    // What is set without the prefix was set for this session.
    if (prefixed && configuration.contains(std::string(name))) continue;
    settings[std::string(name)] = value;
  }
  return settings;
}

std::shared_ptr<FileSystem> WithStoreOptions(std::shared_ptr<FileSystem> files,
                                             const Options& options) {
  StoreSettings settings;
  for (const auto& [key, value] : options.values()) {
    if (IsStoreSetting(key)) settings[key] = value;
  }
  const auto* storage = dynamic_cast<const Storage*>(files.get());
  return storage == nullptr || settings.empty() ? files : storage->With(std::move(settings));
}

}  // namespace headrace
