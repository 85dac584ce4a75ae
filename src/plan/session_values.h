// What a session tells an analysis beside its configuration.
#pragma once

namespace headrace {

// Asked of ConnectorContext::configuration; no program can set it: the name of the session's
// current database.
inline constexpr char kCurrentDatabaseKey[] = "headrace session: current database";

}  // namespace headrace
