// Recursive-descent parser over a token stream: expressions here, queries in query_parser.cc.
// One object parses one text; its methods call each other (subqueries, CASE, lambdas), which is
// why expressions and queries share a class. Depth is limited so that hostile text cannot exhaust
// the stack.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/window_specification.h"
#include "sql/parser.h"
#include "sql/table_statement.h"
#include "sql/token_stream.h"

namespace headrace {

class SqlParser {
 public:
  SqlParser(TokenStream tokens, const ParserOptions& options, const SqlParameters& parameters)
      : tokens_(std::move(tokens)), options_(options), parameters_(parameters) {}

  TokenStream& tokens() { return tokens_; }

  // expression_parser.cc
  Result<UnresolvedPtr> Expression();
  // With `AS alias`, `AS (a, b)` or an alias without AS.
  Result<UnresolvedPtr> NamedExpression();
  Result<UnresolvedPtr> SortItem();
  Result<std::vector<UnresolvedPtr>> ExpressionList();  // e, e, …
  Result<std::vector<std::string>> MultipartName();
  Result<std::string> Identifier(const std::string& what);
  // A type as written, up to its end: `array<struct<a: int>>`.
  Result<DataTypePtr> Type();

  // query_parser.cc
  Result<LogicalPlanPtr> Query();

  // statement_parser.cc
  Result<Statement> ParseStatement();

 private:
  // statement_parser.cc: commands about the session
  Result<Statement> SetStatement();
  Result<Statement> ExplainStatement();
  Result<Statement> CacheStatement();
  Result<Statement> UseStatement();

  // create_statements.cc; the word CREATE (or REPLACE) is the next one
  Result<Statement> CreateStatement();
  Result<Statement> CreateTable(Statement statement, TableStatement table);
  Result<Statement> CreateView(Statement statement, bool temporary);
  Result<Statement> CreateDatabase(Statement statement);
  // OPTIONS, PARTITIONED BY, LOCATION, COMMENT, TBLPROPERTIES, USING in any order.
  Status TableClauses(TableStatement* table);
  Status PartitionedBy(TableStatement* table);

  // table_statements.cc
  Result<Statement> DropStatement();
  Result<Statement> AlterStatement();
  Result<Statement> AlterTable(Statement statement);
  Result<Statement> InsertStatement();
  Result<Statement> TruncateStatement();
  Result<Statement> RepairStatement();
  Result<Statement> AnalyzeStatement();
  Result<Statement> CommentStatement();

  // show_statements.cc
  Result<Statement> ShowStatement();
  Result<Statement> DescribeStatement();

  // statement_clauses.cc
  Result<std::string> StringLiteralText(const std::string& what);
  Result<std::map<std::string, std::string>> PropertyList();  // (a.b = 'x', 'c' 1, …)
  Result<std::string> PropertyKey();
  Result<PartitionKeys> PartitionClause();  // PARTITION (a = 1, b)
  Result<SchemaPtr> ColumnDefinitions();    // (a INT NOT NULL COMMENT 'x', …)
  Result<std::vector<std::string>> ParenthesisedNames(const std::string& what);
  Result<std::optional<std::string>> Pattern();  // [LIKE] 'pattern'
  // The constant text of IDENTIFIER(…), whose bracket is the next token.
  Result<std::vector<std::string>> IdentifierClause();
  Status UnsupportedStatement();

  // The expression with the text from the token at `begin` on as its place.
  UnresolvedPtr Placed(size_t begin, UnresolvedPtr expression) const {
    return WithContext(std::move(expression), tokens_.TakenSince(begin));
  }
  // Operators by rising precedence.
  Result<UnresolvedPtr> Or();
  Result<UnresolvedPtr> And();
  Result<UnresolvedPtr> Not();
  Result<UnresolvedPtr> Predicate();
  Result<UnresolvedPtr> PredicateSuffix(UnresolvedPtr left, bool negated);
  Result<UnresolvedPtr> BinaryLevel(int level);
  Result<UnresolvedPtr> Unary();
  Result<UnresolvedPtr> Postfix();
  Result<UnresolvedPtr> Primary();
  Result<UnresolvedPtr> BarePrimary();  // without its place
  // Forms that begin with a word: CASE, CAST, EXTRACT, … ; null: `word` begins none.
  Result<UnresolvedPtr> SpecialForm();
  Result<UnresolvedPtr> CallForm();
  Result<UnresolvedPtr> Extract();
  Result<UnresolvedPtr> Position();
  Result<UnresolvedPtr> WordedArguments(const char* function,
                                        std::initializer_list<const char*> words);
  Result<UnresolvedPtr> TrimForm();
  Result<UnresolvedPtr> WithTimeUnit();
  Result<UnresolvedPtr> Case();
  Result<UnresolvedPtr> Cast(bool try_cast);
  Result<UnresolvedPtr> Interval();
  Result<UnresolvedPtr> Call(const std::vector<std::string>& name);
  static UnresolvedPtr NamedArgument(std::string name, UnresolvedPtr value);
  Result<UnresolvedPtr> CallSuffix(std::shared_ptr<UnresolvedExpression> call);
  // window_clause.cc
  Result<UnresolvedPtr> Over(UnresolvedPtr function);
  Status WindowSpecification(UnresolvedWindow* window);
  Result<UnresolvedFrameBound> FrameBound();
  Status WindowClause();
  Result<UnresolvedPtr> Parenthesised();
  Result<UnresolvedPtr> Lambda(std::vector<std::string> arguments);
  Result<UnresolvedPtr> Parameter();
  Result<UnresolvedPtr> Subquery(const std::string& kind, std::vector<UnresolvedPtr> values);
  std::string StringContent(const Token& token) const;  // without the quote mark
  bool IsStringToken(size_t ahead = 0) const;
  bool BeginsQuery(size_t ahead = 0) const;
  // May the next name be an alias without AS?
  bool IsImplicitAlias() const;

  // query_parser.cc
  Status CommonTables();  // behind WITH
  Result<LogicalPlanPtr> SetOperations(int minimum_precedence);
  // The kind of the set operator that is next; none: another token is.
  std::optional<LogicalKind> SetOperator() const;
  // Behind the operator's word, whose right side `parse_right` reads.
  Result<LogicalPlanPtr> SetOperation(LogicalKind kind, LogicalPlanPtr left,
                                      const std::function<Result<LogicalPlanPtr>()>& parse_right);
  Result<LogicalPlanPtr> QueryPrimary();
  // Behind SELECT; `from`: what FROM before it gave, or null.
  Result<LogicalPlanPtr> Select(LogicalPlanPtr from);
  // grouping_clause.cc
  using GroupingKeys = std::vector<UnresolvedPtr>;
  Result<GroupingKeys> ParenthesisedKeys();
  // What stands in parentheses behind GROUPING SETS.
  Result<std::vector<GroupingKeys>> GroupingSets();
  // One part of GROUP BY: a key, or what ROLLUP, CUBE or GROUPING SETS stand for. Even a single set
  // of one key is a grouping set, which grouping() and grouping_id() tell of.
  struct GroupingPart {
    std::vector<GroupingKeys> sets;
    bool is_key = false;
  };
  Result<GroupingPart> NextGroupingPart();
  Status GroupingClause(LogicalPlan* aggregate);
  Result<LogicalPlanPtr> GroupBy(LogicalPlanPtr input, std::vector<UnresolvedPtr> select_list);
  Result<LogicalPlanPtr> Values();
  Result<LogicalPlanPtr> FromClause();  // with LATERAL VIEW
  Result<LogicalPlanPtr> CommaJoins();
  Result<LogicalPlanPtr> JoinedRelation();
  Result<LogicalPlanPtr> Joins(LogicalPlanPtr left);  // PIVOT, UNPIVOT, JOIN … that follow it
  Result<LogicalPlanPtr> Relation();
  Result<LogicalPlanPtr> RelationAlias(LogicalPlanPtr relation);
  Result<LogicalPlanPtr> TableFunction(const std::string& name);
  Result<LogicalPlanPtr> LateralView(LogicalPlanPtr input);
  Result<LogicalPlanPtr> OrderAndLimit(LogicalPlanPtr input);
  // The table of this name that WITH defines; null: none.
  LogicalPlanPtr CommonTable(const LogicalPlan& named) const;

  // table_functions.cc
  Result<UnresolvedPtr> TableFunctionCall(std::shared_ptr<const PythonFunction> function);
  Result<UnresolvedPtr> TableArgument();
  Result<std::vector<UnresolvedPtr>> TableArrangement(const std::string& clause);
  Result<LogicalPlanPtr> LateralRelation(LogicalPlanPtr left, JoinType type);
  Result<LogicalPlanPtr> FunctionAlias(std::shared_ptr<LogicalPlan> function);

  // pipe_operators.cc
  Result<LogicalPlanPtr> Piped(LogicalPlanPtr input);  // |> WHERE … |> SELECT …, if they are next
  Result<LogicalPlanPtr> PipeOperator(LogicalPlanPtr input);
  Result<LogicalPlanPtr> PipeSelect(LogicalPlanPtr input);
  Result<LogicalPlanPtr> PipeExtend(LogicalPlanPtr input);
  Result<LogicalPlanPtr> PipeSet(LogicalPlanPtr input);
  Result<LogicalPlanPtr> PipeDrop(LogicalPlanPtr input);
  Result<LogicalPlanPtr> PipeAggregate(LogicalPlanPtr input);

  // relation_clauses.cc
  Result<LogicalPlanPtr> Sampled(LogicalPlanPtr relation);      // TABLESAMPLE (…), if it is next
  Result<LogicalPlanPtr> Watermarked(LogicalPlanPtr relation);  // WATERMARK c DELAY OF …, if next
  Result<LogicalPlanPtr> Pivot(LogicalPlanPtr relation);
  Result<LogicalPlanPtr> Unpivot(LogicalPlanPtr relation);
  Result<UnresolvedPtr> ColumnNames();  // a, or (a, b) as a struct

  friend class DepthGuard;
  TokenStream tokens_;
  const ParserOptions& options_;
  const SqlParameters& parameters_;
  // OVER name of the SELECT that is being parsed, until its WINDOW clause describes them.
  std::vector<std::shared_ptr<UnresolvedWindow>> named_windows_;
  size_t next_positional_ = 0;
  int depth_ = 0;
  std::vector<std::map<std::string, LogicalPlanPtr>> common_tables_;  // WITH, innermost last
};

// Counts nesting; parsing stops with a named error before the stack does.
class DepthGuard {
 public:
  explicit DepthGuard(SqlParser* parser) : parser_(parser) { ++parser_->depth_; }
  ~DepthGuard() { --parser_->depth_; }
  Status Check() const;

 private:
  SqlParser* parser_;
};

}  // namespace headrace
