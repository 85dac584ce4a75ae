// CREATE TABLE, VIEW, DATABASE; REPLACE TABLE.

#include <utility>

#include "sql/expression_parser.h"

namespace headrace {

Result<Statement> SqlParser::CreateStatement() {
  Statement statement;
  TableStatement table;
  const size_t begin = tokens_.position();
  if (tokens_.MatchWord("replace")) {
    if (!tokens_.MatchWord("table")) return UnsupportedStatement();
    statement.command = "REPLACE TABLE";
    return CreateTable(std::move(statement), std::move(table));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("create"));
  statement.replace = tokens_.MatchWords({"or", "replace"});
  statement.global = tokens_.MatchWord("global");
  const bool temporary = tokens_.MatchWord("temporary") || tokens_.MatchWord("temp");
  if (tokens_.MatchWord("view")) return CreateView(std::move(statement), temporary);
  if (!temporary && !statement.global) {
    table.external = tokens_.MatchWord("external");
    if (tokens_.MatchWord("table")) {
      statement.command = "CREATE TABLE";
      return CreateTable(std::move(statement), std::move(table));
    }
    if (!statement.replace && (tokens_.MatchWord("database") || tokens_.MatchWord("schema") ||
                               tokens_.MatchWord("namespace"))) {
      return CreateDatabase(std::move(statement));
    }
  }
  tokens_.Rewind(begin);
  return UnsupportedStatement();
}

Result<Statement> SqlParser::CreateTable(Statement statement, TableStatement table) {
  statement.if_not_exists = tokens_.MatchWords({"if", "not", "exists"});
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (tokens_.MatchWord("like")) {
    statement.command = "CREATE TABLE LIKE";
    ARROW_ASSIGN_OR_RAISE(table.other_name, MultipartName());
  } else if (tokens_.IsOperator("(") && !BeginsQuery()) {
    ARROW_ASSIGN_OR_RAISE(table.columns, ColumnDefinitions());
  }
  ARROW_RETURN_NOT_OK(TableClauses(&table));
  if (tokens_.MatchWord("as") || BeginsQuery()) {
    if (table.columns) {
      return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0035",
                       "A table made from a query takes its columns from the query; leave the "
                       "list of columns out",
                       {{"message",
                         "Schema may not be specified in a Create Table As Select "
                         "(CTAS) statement"}});
    }
    ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(table));
  return statement;
}

Status SqlParser::TableClauses(TableStatement* table) {
  while (true) {
    if (tokens_.MatchWord("using")) {
      ARROW_ASSIGN_OR_RAISE(const auto parts, MultipartName());
      table->format.clear();
      for (const auto& part : parts) table->format += (table->format.empty() ? "" : ".") + part;
    } else if (tokens_.MatchWord("options")) {
      ARROW_ASSIGN_OR_RAISE(table->options, PropertyList());
    } else if (tokens_.MatchWord("tblproperties")) {
      ARROW_ASSIGN_OR_RAISE(table->properties, PropertyList());
    } else if (tokens_.MatchWords({"partitioned", "by"})) {
      ARROW_RETURN_NOT_OK(PartitionedBy(table));
    } else if (tokens_.MatchWord("location")) {
      ARROW_ASSIGN_OR_RAISE(table->location, StringLiteralText("a path"));
    } else if (tokens_.MatchWord("comment")) {
      ARROW_ASSIGN_OR_RAISE(table->comment, StringLiteralText("a comment"));
    } else if (tokens_.IsWord("clustered") || tokens_.IsWord("cluster")) {
      return NotSupported("CLUSTERED BY / CLUSTER BY", "leave it out: it changes no result");
    } else if (tokens_.IsWord("row") || tokens_.IsWord("stored")) {
      return AnalysisError("NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT",
                           "CREATE Hive TABLE is not supported; name the format with USING, for "
                           "example USING parquet",
                           {{"cmd", "CREATE Hive TABLE (AS SELECT)"}});
    } else if (tokens_.IsWord("collation") || tokens_.IsWord("default")) {
      return NotSupported("the clause " + tokens_.Peek().text + " of a table");
    } else {
      return Status::OK();
    }
  }
}

// Columns by name, or with their types, which adds them to the table's.
Status SqlParser::PartitionedBy(TableStatement* table) {
  if (tokens_.IsName(1) && tokens_.IsName(2)) {
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr columns, ColumnDefinitions());
    arrow::FieldVector all = table->columns ? table->columns->fields() : arrow::FieldVector();
    for (const auto& field : columns->fields()) {
      table->partition_columns.push_back(field->name());
      all.push_back(field);
    }
    table->columns = arrow::schema(std::move(all));
    return Status::OK();
  }
  if (tokens_.IsName(1) && tokens_.IsOperator("(", 2)) {
    return NotSupported("the partition transform " + tokens_.Peek(1).text,
                        "partition by plain columns");
  }
  ARROW_ASSIGN_OR_RAISE(table->partition_columns, ParenthesisedNames("a partition column"));
  return Status::OK();
}

Result<Statement> SqlParser::CreateView(Statement statement, bool temporary) {
  TableStatement view;
  statement.command = temporary ? "CREATE TEMPORARY VIEW" : "CREATE VIEW";
  statement.if_not_exists = tokens_.MatchWords({"if", "not", "exists"});
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  if (temporary && tokens_.IsWord("using")) {
    statement.command = "CREATE TEMPORARY VIEW USING";
    ARROW_RETURN_NOT_OK(TableClauses(&view));
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    statement.table = std::make_shared<const TableStatement>(std::move(view));
    return statement;
  }
  if (temporary && tokens_.IsOperator("(") && tokens_.IsName(1) && tokens_.IsName(2) &&
      !tokens_.IsWord("comment", 2)) {  // (a INT) USING …
    statement.command = "CREATE TEMPORARY VIEW USING";
    ARROW_ASSIGN_OR_RAISE(view.columns, ColumnDefinitions());
    ARROW_RETURN_NOT_OK(TableClauses(&view));
    ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
    statement.table = std::make_shared<const TableStatement>(std::move(view));
    return statement;
  }
  if (tokens_.MatchOperator("(")) {
    do {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier("a column name"));
      std::optional<std::string> comment;
      if (tokens_.MatchWord("comment")) {
        ARROW_ASSIGN_OR_RAISE(comment, StringLiteralText("a comment"));
      }
      view.view_columns.emplace_back(std::move(name), std::move(comment));
    } while (tokens_.MatchOperator(","));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  }
  while (true) {
    if (tokens_.MatchWord("comment")) {
      ARROW_ASSIGN_OR_RAISE(view.comment, StringLiteralText("a comment"));
    } else if (tokens_.MatchWord("tblproperties")) {
      ARROW_ASSIGN_OR_RAISE(view.properties, PropertyList());
    } else if (tokens_.IsWord("schema") || tokens_.IsWord("partitioned")) {
      return NotSupported("the clause " + tokens_.Peek().text + " of a view");
    } else {
      break;
    }
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("as"));
  const size_t begin = tokens_.Peek().begin;
  ARROW_ASSIGN_OR_RAISE(statement.query, Query());
  view.query_text = tokens_.sql().substr(begin, tokens_.Peek().begin - begin);
  while (!view.query_text.empty() &&
         std::isspace(static_cast<unsigned char>(view.query_text.back())) != 0) {
    view.query_text.pop_back();
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(view));
  return statement;
}

Result<Statement> SqlParser::CreateDatabase(Statement statement) {
  TableStatement database;
  statement.command = "CREATE DATABASE";
  statement.if_not_exists = tokens_.MatchWords({"if", "not", "exists"});
  ARROW_ASSIGN_OR_RAISE(statement.name_parts, MultipartName());
  while (true) {
    if (tokens_.MatchWord("comment")) {
      ARROW_ASSIGN_OR_RAISE(database.comment, StringLiteralText("a comment"));
    } else if (tokens_.MatchWord("location")) {
      ARROW_ASSIGN_OR_RAISE(database.location, StringLiteralText("a path"));
    } else if (tokens_.MatchWords({"with", "dbproperties"}) ||
               tokens_.MatchWords({"with", "properties"})) {
      ARROW_ASSIGN_OR_RAISE(database.properties, PropertyList());
    } else {
      break;
    }
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectEnd());
  statement.table = std::make_shared<const TableStatement>(std::move(database));
  return statement;
}

}  // namespace headrace
