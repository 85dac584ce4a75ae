// A warehouse: a directory with the data of databases and tables, and durable files that describe
// them (docs/formats.md, "The warehouse").
//
// Any number of processes may use one warehouse at once: each description is a file that is
// replaced as a whole, made only if it is absent, and changed under a lock. Nothing is cached, so
// that every call sees what others did. Names are lower case. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "warehouse/description.h"

namespace headrace {

class Warehouse {
 public:
  // `directory`: absolute; it need not exist until something is created.
  Warehouse(std::string directory, std::shared_ptr<FileSystem> files, std::shared_ptr<Clock> clock);

  const std::string& directory() const { return directory_; }
  FileSystem& files() const { return *files_; }

  // The database `default` is always there.
  static constexpr char kDefaultDatabase[] = "default";
  Result<std::optional<DatabaseDescription>> FindDatabase(const std::string& name) const;
  Result<std::vector<std::string>> Databases() const;  // sorted
  // AlreadyExists if there is one of the name. Makes its directory.
  Status CreateDatabase(const DatabaseDescription& database);
  Status ChangeDatabase(const std::string& name,
                        const std::function<Status(DatabaseDescription*)>& change);
  // Its description, and its directory if nothing is left there; the tables must be gone.
  Status RemoveDatabase(const DatabaseDescription& database);
  std::string LocationOf(const DatabaseDescription& database) const;

  Result<std::optional<TableDescription>> FindTable(const std::string& database,
                                                    const std::string& name) const;
  Result<std::vector<std::string>> Tables(const std::string& database) const;  // sorted; views too
  // AlreadyExists if there is one of the name, also if another process is quicker.
  Status CreateTable(const TableDescription& table);
  // A table that is being filled before its description exists. `resumed`: an attempt before this
  // one ended with its process, so what lies at the table's place is of no use to anybody.
  struct Creation {
    std::shared_ptr<void> lock;
    bool resumed = false;
  };
  // AlreadyExists while somebody else fills a table of the name.
  Result<Creation> BeginCreation(const std::string& database, const std::string& name) const;
  // Done or given up in good order.
  Status EndCreation(const std::string& database, const std::string& name) const;
  // Replaces the description, or makes it.
  Status PutTable(const TableDescription& table);
  // Puts `fresh`, a directory beside that of the table, `location`, in its place, and `table` in
  // the place of its description, as one step: after a crash in between there are both or neither.
  // `fresh` holds the old data then. False, and nothing has changed: directories cannot be
  // exchanged there. For who began the table's creation.
  Result<bool> ReplaceTable(const TableDescription& table, const std::string& location,
                            const std::string& fresh);
  // KeyError if it is gone.
  Status ChangeTable(const std::string& database, const std::string& name,
                     const std::function<Status(TableDescription*)>& change);
  // The description only. False: there was none.
  Result<bool> RemoveTable(const std::string& database, const std::string& name);
  // Moves a managed table's directory too. A crash in between leaves both names, of which one has
  // the data. AlreadyExists if the new name is taken, or its directory.
  Status RenameTable(const TableDescription& table, const std::string& new_name);
  Result<std::string> LocationOf(const TableDescription& table) const;

 private:
  std::string DatabasePath(const std::string& name) const;
  std::string TablePath(const std::string& database, const std::string& name) const;
  std::string CreationPath(const std::string& database, const std::string& name) const;
  // A description whose data is in place, though it is not itself: ReplaceTable was ended half-way.
  Result<std::optional<TableDescription>> FindReplacement(const std::string& database,
                                                          const std::string& name) const;
  // Finishes a replacement that was ended half-way, before the description changes again.
  Status Settle(const std::string& database, const std::string& name);
  // Waits for other holders, of other processes too.
  Result<std::shared_ptr<void>> Exclusive() const;
  Result<std::vector<std::string>> NamesIn(const std::string& directory) const;

  const std::string directory_;
  const std::string descriptions_;
  const std::shared_ptr<FileSystem> files_;
  const std::shared_ptr<Clock> clock_;
};

}  // namespace headrace
