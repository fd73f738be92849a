// SPDX-License-Identifier: Apache-2.0
// A parsed Go text/template, as the executor walks it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "process/identity.h"

namespace hx::tmpl {

struct Pipeline;

enum class Function {
  kAnd,
  kEq,
  kGe,
  kGt,
  kHtml,
  kIndex,
  kJs,
  kLe,
  kLen,
  kLt,
  kNe,
  kNot,
  kOr,
  kPrint,
  kPrintf,
  kPrintln,
  kSlice,
  kUrlquery,
};

enum class OperandKind {
  kBool,
  kInt,
  kFloat,
  kOverflow,
  kString,
  kNil,
  kDot,
  kField,
  kVariable,
  kFunction,
  kPipeline,
};

// A literal, or a value and the fields to follow from it.
struct Operand {
  OperandKind kind = OperandKind::kNil;
  bool flag = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  // of a string, or the name of a variable with its dollar
  Function function = Function::kPrint;
  std::unique_ptr<Pipeline> pipeline;  // in parentheses
  std::vector<std::string> fields;
};

struct Command {
  std::vector<Operand> args;  // never empty; the first is what is called, if it can be
};

struct Pipeline {
  std::vector<std::string> variables;  // two only for a range: index and element
  bool assigns = false;                // "=" rather than ":="
  std::vector<Command> commands;
};

enum class NodeKind { kText, kAction, kIf, kWith, kRange, kBreak, kContinue };

struct Node;
// "else if" is a further branch, not a nested node: chains of them may be long, nesting may not.
struct Branch {
  Pipeline pipeline;
  std::vector<Node> body;
};

struct Node {
  NodeKind kind = NodeKind::kText;
  std::string text;
  std::vector<Branch> branches;  // of an action: one, without a body
  std::vector<Node> otherwise;
};

struct Parsed {
  std::vector<Node> nodes;
  Facts needs;
};

// The error is the reason alone.
Result<Parsed> parse_template(std::string_view source);

}  // namespace hx::tmpl
