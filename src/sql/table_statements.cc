// Statements that change tables, views and databases, or the rows in them.

#include <utility>

#include "sql/expression_parser.h"

namespace headrace {

Result<Statement> SqlParser::DropStatement() {
  Statement statement;
  TableStatement table;
  const size_t begin = tokens_.position();
  tokens_.Take();
  tokens_.MatchWord("temporary");
  if (tokens_.MatchWord("table")) {
    statement.command = "DROP TABLE";
  } else if (tokens_.MatchWord("view")) {
    statement.command = "DROP VIEW";
  } else if (tokens_.MatchWord("database") || tokens_.MatchWord("schema") ||
             tokens_.MatchWord("namespace")) {
    statement.command = "DROP DATABASE";
  } else {
    tokens_.Rewind(begin);
    return UnsupportedStatement();
  }
  statement.if_exists = tokens_.MatchWords({"if", "exists"});
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (statement.command == "DROP TABLE") tokens_.MatchWord("purge");  // there is no trash to skip
  if (statement.command == "DROP DATABASE" && !tokens_.MatchWord("restrict")) {
    table.cascade = tokens_.MatchWord("cascade");
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::AlterStatement() {
  Statement statement;
  const size_t begin = tokens_.position();
  tokens_.Take();
  if (tokens_.MatchWord("table")) {
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    return AlterTable(std::move(statement));
  }
  TableStatement table;
  if (tokens_.MatchWord("view")) {
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (tokens_.MatchWords({"rename", "to"})) {
      statement.command = "ALTER VIEW RENAME";
      ARROW_ASSIGN_OR_RAISE(table.other_name, MultipartName());
    } else if (tokens_.MatchWords({"set", "tblproperties"})) {
      statement.command = "ALTER VIEW SET TBLPROPERTIES";
      ARROW_ASSIGN_OR_RAISE(table.properties, PropertyList());
    } else {
      statement.command = "ALTER VIEW AS";
      tokens_.MatchWord("as");
      const size_t query = tokens_.Peek().begin;
      ARROW_ASSIGN_OR_RAISE(statement.query, Query());
      table.query_text = tokens_.sql().substr(query, tokens_.Peek().begin - query);
    }
  } else if (tokens_.MatchWord("database") || tokens_.MatchWord("schema") ||
             tokens_.MatchWord("namespace")) {
    ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
    if (!tokens_.MatchWords({"set", "dbproperties"}) &&
        !tokens_.MatchWords({"set", "properties"})) {
      return NotSupported("ALTER DATABASE but for SET DBPROPERTIES");
    }
    statement.command = "ALTER DATABASE SET PROPERTIES";
    ARROW_ASSIGN_OR_RAISE(table.properties, PropertyList());
  } else {
    tokens_.Rewind(begin);
    return UnsupportedStatement();
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::AlterTable(Statement statement) {
  TableStatement table;
  if (tokens_.MatchWords({"rename", "to"})) {
    statement.command = "ALTER TABLE RENAME";
    ARROW_ASSIGN_OR_RAISE(table.other_name, MultipartName());
  } else if (tokens_.MatchWords({"add", "columns"}) || tokens_.MatchWords({"add", "column"})) {
    statement.command = "ALTER TABLE ADD COLUMNS";
    if (tokens_.IsOperator("(")) {
      ARROW_ASSIGN_OR_RAISE(table.columns, ColumnDefinitions());
    } else {
      const size_t begin = tokens_.Peek().begin;
      while (!tokens_.AtEnd()) tokens_.Take();
      ARROW_ASSIGN_OR_RAISE(table.columns,
                            ParseSchema(tokens_.sql().substr(begin, tokens_.Peek().begin - begin)));
    }
  } else if (tokens_.MatchWords({"set", "tblproperties"})) {
    statement.command = "ALTER TABLE SET TBLPROPERTIES";
    ARROW_ASSIGN_OR_RAISE(table.properties, PropertyList());
  } else if (tokens_.MatchWords({"unset", "tblproperties"})) {
    statement.command = "ALTER TABLE UNSET TBLPROPERTIES";
    statement.if_exists = tokens_.MatchWords({"if", "exists"});
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
    do {
      ARROW_ASSIGN_OR_RAISE(std::string key, PropertyKey());
      table.keys.push_back(std::move(key));
    } while (tokens_.MatchOperator(","));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  } else if (tokens_.IsWord("add") && (tokens_.IsWord("partition", 1) || tokens_.IsWord("if", 1))) {
    tokens_.Take();
    statement.command = "ALTER TABLE ADD PARTITION";
    statement.if_not_exists = tokens_.MatchWords({"if", "not", "exists"});
    do {
      ARROW_ASSIGN_OR_RAISE(PartitionKeys keys, PartitionClause());
      table.partitions.push_back(std::move(keys));
      if (tokens_.IsWord("location")) {
        return NotSupported("ADD PARTITION … LOCATION",
                            "the directories of partitions lie below the table's");
      }
    } while (tokens_.IsWord("partition"));
  } else if (tokens_.IsWord("drop") &&
             (tokens_.IsWord("partition", 1) || tokens_.IsWord("partition", 3))) {
    tokens_.Take();
    statement.command = "ALTER TABLE DROP PARTITION";
    statement.if_exists = tokens_.MatchWords({"if", "exists"});
    do {
      ARROW_ASSIGN_OR_RAISE(PartitionKeys keys, PartitionClause());
      table.partitions.push_back(std::move(keys));
    } while (tokens_.MatchOperator(","));
    tokens_.MatchWord("purge");
  } else if (tokens_.MatchWords({"recover", "partitions"})) {
    statement.command = "MSCK REPAIR TABLE";
  } else {
    if (!tokens_.IsName() && !tokens_.IsOperator("(")) return tokens_.Unexpected();
    std::string what;
    for (size_t i = 0; i < 3 && tokens_.IsName(i); ++i) what += " " + tokens_.Peek(i).text;
    for (const char* change : {"drop", "rename", "replace"}) {
      if (!tokens_.IsWord(change) || !tokens_.IsName(1) || tokens_.IsWord("partition", 1)) continue;
      return AnalysisError("UNSUPPORTED_FEATURE.TABLE_OPERATION",
                           "Tables of files do not support ALTER TABLE …" + what,
                           {{"tableName", ""}, {"operation", what}});
    }
    return NotSupported("ALTER TABLE …" + what);
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::InsertStatement() {
  Statement statement;
  TableStatement table;
  statement.command = "INSERT";
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("insert"));
  table.overwrite = tokens_.MatchWord("overwrite");
  if (!table.overwrite) ARROW_RETURN_NOT_OK(tokens_.ExpectWord("into"));
  if (tokens_.IsWord("directory") || tokens_.IsWord("local")) {
    return NotSupported("INSERT OVERWRITE DIRECTORY", "write with df.write.save(path)");
  }
  tokens_.MatchWord("table");
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (tokens_.IsWord("replace")) return NotSupported("INSERT INTO … REPLACE WHERE");
  if (tokens_.IsWord("partition")) {
    ARROW_ASSIGN_OR_RAISE(PartitionKeys keys, PartitionClause());
    table.partitions.push_back(std::move(keys));
    if (tokens_.IsWord("if")) return NotSupported("INSERT … PARTITION … IF NOT EXISTS");
  }
  if (tokens_.MatchWords({"by", "name"})) {
    table.by_name = true;
  } else if (tokens_.IsOperator("(") && !BeginsQuery()) {
    ARROW_ASSIGN_OR_RAISE(table.insert_columns, ParenthesisedNames("a column name"));
  }
  ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::TruncateStatement() {
  Statement statement;
  TableStatement table;
  statement.command = "TRUNCATE TABLE";
  tokens_.Take();
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("table"));
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (tokens_.IsWord("partition")) {
    ARROW_ASSIGN_OR_RAISE(PartitionKeys keys, PartitionClause());
    table.partitions.push_back(std::move(keys));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Result<Statement> SqlParser::RepairStatement() {
  Statement statement;
  statement.command = "MSCK REPAIR TABLE";
  tokens_.MatchWord("msck");
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("repair"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("table"));
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (tokens_.MatchWord("add") || tokens_.MatchWord("drop") || tokens_.MatchWord("sync")) {
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("partitions"));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

// Statistics change no result, and the planner takes none from the catalog.
Result<Statement> SqlParser::AnalyzeStatement() {
  Statement statement;
  statement.command = "ANALYZE TABLE";
  tokens_.Take();
  if (tokens_.IsWord("tables")) return NotSupported("ANALYZE TABLES");
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("table"));
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (tokens_.IsWord("partition")) ARROW_RETURN_NOT_OK(PartitionClause().status());
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("compute"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("statistics"));
  if (tokens_.MatchWord("for")) {
    if (!tokens_.MatchWords({"all", "columns"})) {
      ARROW_RETURN_NOT_OK(tokens_.ExpectWord("columns"));
      do {
        ARROW_RETURN_NOT_OK(Identifier("a column name").status());
      } while (tokens_.MatchOperator(","));
    }
  } else {
    tokens_.MatchWord("noscan");
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  return statement;
}

Result<Statement> SqlParser::CommentStatement() {
  Statement statement;
  TableStatement table;
  tokens_.Take();
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("on"));
  if (tokens_.MatchWord("table")) {
    statement.command = "COMMENT ON TABLE";
  } else if (tokens_.MatchWord("database") || tokens_.MatchWord("schema") ||
             tokens_.MatchWord("namespace")) {
    statement.command = "COMMENT ON DATABASE";
  } else {
    return tokens_.Unexpected("expected TABLE or DATABASE");
  }
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("is"));
  if (!tokens_.MatchWord("null")) {
    ARROW_ASSIGN_OR_RAISE(table.comment, StringLiteralText("a comment"));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

}  // namespace headrace
