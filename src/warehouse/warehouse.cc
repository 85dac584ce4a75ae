#include "warehouse/warehouse.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/directory_exchange.h"
#include "base/injection.h"
#include "base/random.h"

namespace headrace {
namespace {

// No table can be called so: names hold letters, digits and underscores.
constexpr char kDescriptions[] = ".headrace";
constexpr char kSuffix[] = ".json";
constexpr char kReplacementSuffix[] = ".replacement";  // no name has a dot
constexpr int64_t kLockPatienceUs = 30'000'000;
constexpr int64_t kLockPauseUs = 2'000;

}  // namespace

Warehouse::Warehouse(std::string directory, std::shared_ptr<FileSystem> files,
                     std::shared_ptr<Clock> clock)
    : directory_(std::move(directory)),
      descriptions_(JoinPath(directory_, kDescriptions)),
      files_(std::move(files)),
      clock_(std::move(clock)) {}

std::string Warehouse::DatabasePath(const std::string& name) const {
  return JoinPath(JoinPath(descriptions_, "databases"), name + kSuffix);
}

std::string Warehouse::TablePath(const std::string& database, const std::string& name) const {
  return JoinPath(JoinPath(JoinPath(descriptions_, "tables"), database), name + kSuffix);
}

Result<std::shared_ptr<void>> Warehouse::Exclusive() const {
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(descriptions_));
  const std::string path = JoinPath(descriptions_, "lock");
  const int64_t end = clock_->monotonic_us() + kLockPatienceUs;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock held(mutex);
  while (true) {
    auto lock = files_->Lock(path);
    if (lock.ok() || !lock.status().IsAlreadyExists()) return lock;
    if (clock_->monotonic_us() > end) {
      return Status::IOError("The warehouse ", directory_,
                             " is being changed by another process that does not end; its lock is ",
                             path);
    }
    clock_->WaitUntil(held, never, clock_->now_us() + kLockPauseUs, [] { return false; });
  }
}

Result<std::vector<std::string>> Warehouse::NamesIn(const std::string& directory) const {
  ARROW_ASSIGN_OR_RAISE(const auto entries, files_->List(directory));
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    const std::string name = BaseName(entry.path);
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    names.push_back(name.substr(0, name.size() - (sizeof(kSuffix) - 1)));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::optional<DatabaseDescription>> Warehouse::FindDatabase(const std::string& name) const {
  const std::string path = DatabasePath(name);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) {
    if (name != kDefaultDatabase) return std::optional<DatabaseDescription>();
    DatabaseDescription database;
    database.name = name;
    database.comment = "default database";
    return std::optional(database);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, files_->ReadFile(path));
  ARROW_ASSIGN_OR_RAISE(auto database, ParseDatabase(text, path));
  return std::optional(std::move(database));
}

Result<std::vector<std::string>> Warehouse::Databases() const {
  ARROW_ASSIGN_OR_RAISE(auto names, NamesIn(JoinPath(descriptions_, "databases")));
  if (!std::binary_search(names.begin(), names.end(), kDefaultDatabase)) {
    names.push_back(kDefaultDatabase);
    std::sort(names.begin(), names.end());
  }
  return names;
}

std::string Warehouse::LocationOf(const DatabaseDescription& database) const {
  if (!database.location.empty()) return database.location;
  if (database.name == kDefaultDatabase) return directory_;
  return JoinPath(directory_, database.name + ".db");
}

Status Warehouse::CreateDatabase(const DatabaseDescription& database) {
  if (database.name == kDefaultDatabase) return Status::AlreadyExists(database.name);
  const std::string path = DatabasePath(database.name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(LocationOf(database)));
  return files_->WriteFileAtomically(path, SerializeDatabase(database), /*overwrite=*/false);
}

Status Warehouse::ChangeDatabase(const std::string& name,
                                 const std::function<Status(DatabaseDescription*)>& change) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_ASSIGN_OR_RAISE(auto database, FindDatabase(name));
  if (!database) return Status::KeyError(name);
  ARROW_RETURN_NOT_OK(change(&*database));
  const std::string path = DatabasePath(name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  return files_->WriteFileAtomically(path, SerializeDatabase(*database), /*overwrite=*/true);
}

Status Warehouse::RemoveDatabase(const DatabaseDescription& database) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(files_->RemoveFile(DatabasePath(database.name)));
  ARROW_RETURN_NOT_OK(files_->RemoveDirectory(DirectoryName(TablePath(database.name, "any"))));
  const std::string location = LocationOf(database);
  ARROW_ASSIGN_OR_RAISE(const auto left, files_->List(location));
  return left.empty() ? files_->RemoveDirectory(location) : Status::OK();
}

Result<std::optional<TableDescription>> Warehouse::FindTable(const std::string& database,
                                                             const std::string& name) const {
  ARROW_ASSIGN_OR_RAISE(auto replacement, FindReplacement(database, name));
  if (replacement) return replacement;
  const std::string path = TablePath(database, name);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) return std::optional<TableDescription>();
  ARROW_ASSIGN_OR_RAISE(const std::string text, files_->ReadFile(path));
  ARROW_ASSIGN_OR_RAISE(auto table, ParseTable(text, path));
  return std::optional(std::move(table));
}

Result<std::vector<std::string>> Warehouse::Tables(const std::string& database) const {
  return NamesIn(DirectoryName(TablePath(database, "any")));
}

Status Warehouse::CreateTable(const TableDescription& table) {
  const std::string path = TablePath(table.database, table.name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  return files_->WriteFileAtomically(path, SerializeTable(table), /*overwrite=*/false);
}

std::string Warehouse::CreationPath(const std::string& database, const std::string& name) const {
  return JoinPath(JoinPath(descriptions_, "creating"), database + "." + name);
}

Result<Warehouse::Creation> Warehouse::BeginCreation(const std::string& database,
                                                     const std::string& name) const {
  const std::string path = CreationPath(database, name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  Creation creation;
  ARROW_ASSIGN_OR_RAISE(creation.resumed, files_->Exists(path));
  ARROW_ASSIGN_OR_RAISE(creation.lock, files_->Lock(path));
  return creation;
}

Status Warehouse::EndCreation(const std::string& database, const std::string& name) const {
  return files_->RemoveFile(CreationPath(database, name));
}

// The record of a replacement names a file that `fresh` holds: where it is, there is the new data.
Result<bool> Warehouse::ReplaceTable(const TableDescription& table, const std::string& location,
                                     const std::string& fresh) {
  const std::string mark = ".replacement-" + Random::System()->Uuid();
  ARROW_RETURN_NOT_OK(files_->WriteFileAtomically(JoinPath(fresh, mark), "", /*overwrite=*/false));
  const std::string record = CreationPath(table.database, table.name) + kReplacementSuffix;
  ARROW_RETURN_NOT_OK(files_->WriteFileAtomically(
      record, JoinPath(location, mark) + "\n" + SerializeTable(table), /*overwrite=*/true));
  HEADRACE_INJECT("table.replacing");
  ARROW_ASSIGN_OR_RAISE(const bool replaced, ExchangeDirectories(files_.get(), fresh, location));
  if (!replaced) {
    ARROW_RETURN_NOT_OK(files_->RemoveFile(record));
    return false;
  }
  HEADRACE_INJECT("table.replaced");
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(Settle(table.database, table.name));
  return true;
}

Result<std::optional<TableDescription>> Warehouse::FindReplacement(const std::string& database,
                                                                   const std::string& name) const {
  const std::string record = CreationPath(database, name) + kReplacementSuffix;
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(record));
  if (!exists) return std::optional<TableDescription>();
  const auto text = files_->ReadFile(record);
  if (!text.ok()) {
    // Settled since.
    ARROW_ASSIGN_OR_RAISE(const bool left, files_->Exists(record));
    if (left) return text.status();
    return std::optional<TableDescription>();
  }
  const size_t end = std::min(text->find('\n'), text->size());
  ARROW_ASSIGN_OR_RAISE(const bool in_place, files_->Exists(text->substr(0, end)));
  if (!in_place) return std::optional<TableDescription>();
  ARROW_ASSIGN_OR_RAISE(auto table,
                        ParseTable(text->substr(std::min(end + 1, text->size())), record));
  return std::optional(std::move(table));
}

Status Warehouse::Settle(const std::string& database, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto table, FindReplacement(database, name));
  if (!table) return Status::OK();
  const std::string path = TablePath(database, name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  ARROW_RETURN_NOT_OK(
      files_->WriteFileAtomically(path, SerializeTable(*table), /*overwrite=*/true));
  const std::string record = CreationPath(database, name) + kReplacementSuffix;
  ARROW_ASSIGN_OR_RAISE(const std::string text, files_->ReadFile(record));
  ARROW_RETURN_NOT_OK(files_->RemoveFile(record));
  ARROW_RETURN_NOT_OK(files_->SyncDirectory(DirectoryName(record)));
  return files_->RemoveFile(text.substr(0, text.find('\n')));
}

Status Warehouse::PutTable(const TableDescription& table) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(Settle(table.database, table.name));
  const std::string path = TablePath(table.database, table.name);
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(DirectoryName(path)));
  return files_->WriteFileAtomically(path, SerializeTable(table), /*overwrite=*/true);
}

Status Warehouse::ChangeTable(const std::string& database, const std::string& name,
                              const std::function<Status(TableDescription*)>& change) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(Settle(database, name));
  ARROW_ASSIGN_OR_RAISE(auto table, FindTable(database, name));
  if (!table) return Status::KeyError(database, ".", name);
  ARROW_RETURN_NOT_OK(change(&*table));
  return files_->WriteFileAtomically(TablePath(database, name), SerializeTable(*table),
                                     /*overwrite=*/true);
}

Result<bool> Warehouse::RemoveTable(const std::string& database, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(Settle(database, name));
  const std::string path = TablePath(database, name);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) return false;
  ARROW_RETURN_NOT_OK(files_->RemoveFile(path));
  ARROW_RETURN_NOT_OK(files_->SyncDirectory(DirectoryName(path)));
  return true;
}

Status Warehouse::RenameTable(const TableDescription& table, const std::string& new_name) {
  ARROW_ASSIGN_OR_RAISE(const auto lock, Exclusive());
  ARROW_RETURN_NOT_OK(Settle(table.database, table.name));
  TableDescription renamed = table;
  renamed.name = new_name;
  const bool moves = table.kind == TableKind::kManaged && table.location.empty();
  std::string from, to;
  if (moves) {
    ARROW_ASSIGN_OR_RAISE(from, LocationOf(table));
    ARROW_ASSIGN_OR_RAISE(to, LocationOf(renamed));
    ARROW_ASSIGN_OR_RAISE(const bool taken, files_->Exists(to));
    if (taken) return Status::AlreadyExists(to);
  }
  ARROW_RETURN_NOT_OK(CreateTable(renamed));
  if (moves) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(from));
    if (exists) {
      ARROW_RETURN_NOT_OK(files_->Rename(from, to));
      ARROW_RETURN_NOT_OK(files_->SyncDirectory(DirectoryName(to)));
    }
  }
  const std::string path = TablePath(table.database, table.name);
  ARROW_RETURN_NOT_OK(files_->RemoveFile(path));
  return files_->SyncDirectory(DirectoryName(path));
}

Result<std::string> Warehouse::LocationOf(const TableDescription& table) const {
  if (!table.location.empty()) return table.location;
  ARROW_ASSIGN_OR_RAISE(const auto database, FindDatabase(table.database));
  if (!database) return Status::KeyError(table.database);
  return JoinPath(LocationOf(*database), table.name);
}

}  // namespace headrace
