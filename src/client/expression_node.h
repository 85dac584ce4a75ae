// What a Column is inside: a recipe for a message.
//
// Nodes are immutable and shared, so building a Column costs the same however large its operands
// are; the message is written once, when a query is sent.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "headrace/column.h"

#include "client/message_names.h"

namespace headrace::client {

struct ExpressionNode {
  std::function<void(messages::Expression*)> write;
  // Of a chain of when(): condition, value, condition, value, … which the next when() goes on with.
  std::vector<Column> branches = {};
};

Column MakeColumn(std::function<void(messages::Expression*)> write);

Column Call(std::string name, std::vector<Column> arguments, bool is_distinct = false);
Column Literal(const Value& value);

void WriteExpression(const Column& column, messages::Expression* message);
// A column that does not tell its order is ascending.
void WriteSortOrder(const Column& column, messages::Expression_SortOrder* message);

}  // namespace headrace::client
