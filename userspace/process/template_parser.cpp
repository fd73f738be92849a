// SPDX-License-Identifier: Apache-2.0
// Recursive descent after Go's text/template/parse, which also defines what is an error.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "process/quote.h"
#include "process/template_ast.h"
#include "process/template_fields.h"
#include "process/template_lexer.h"
#include "process/template_number.h"

namespace hx::tmpl {
namespace {

// Of parentheses and control structures together; the parser and the executor recurse.
constexpr int kMaxDepth = 100;

using NamedFunction = std::pair<std::string_view, Function>;
constexpr std::array kFunctions = {
    NamedFunction{"and", Function::kAnd},       NamedFunction{"eq", Function::kEq},
    NamedFunction{"ge", Function::kGe},         NamedFunction{"gt", Function::kGt},
    NamedFunction{"html", Function::kHtml},     NamedFunction{"index", Function::kIndex},
    NamedFunction{"js", Function::kJs},         NamedFunction{"le", Function::kLe},
    NamedFunction{"len", Function::kLen},       NamedFunction{"lt", Function::kLt},
    NamedFunction{"ne", Function::kNe},         NamedFunction{"not", Function::kNot},
    NamedFunction{"or", Function::kOr},         NamedFunction{"print", Function::kPrint},
    NamedFunction{"printf", Function::kPrintf}, NamedFunction{"println", Function::kPrintln},
    NamedFunction{"slice", Function::kSlice},   NamedFunction{"urlquery", Function::kUrlquery}};

// Neither a literal nor the bare dot.
bool is_callable(OperandKind kind) noexcept {
  return kind == OperandKind::kField || kind == OperandKind::kVariable ||
         kind == OperandKind::kFunction || kind == OperandKind::kPipeline;
}

enum class ListEnd { kFailed, kEndOfTemplate, kEnd, kElse };

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Parsed> run() {
    Parsed out;
    const ListEnd end = list(out.nodes);
    if (end == ListEnd::kEnd) fail("unexpected {{end}}");
    if (end == ListEnd::kElse) fail("unexpected {{else}}");
    // Any value may be the start time, so a method name counts wherever it stands.
    if (uses_start_time_ && !unsupported_method_.empty()) {
      fail("method " + unsupported_method_ + " of the start time is not supported");
    }
    if (!ok()) return Error{0, failure_};
    out.needs = needs_;
    return out;
  }

 private:
  bool ok() const noexcept { return failure_.empty(); }
  bool fail(std::string why) {
    if (ok()) failure_ = std::move(why);
    return false;
  }
  bool unexpected(const Token& token, std::string_view context) {
    const std::string what = token.kind == TokenKind::kEnd ? "end of template" : quote(token.text);
    return fail("unexpected " + what + " in " + std::string(context));
  }

  // Tokens. kEnd is never passed.
  const Token& peek() const noexcept { return tokens_[at_]; }
  bool at(TokenKind kind) const noexcept { return peek().kind == kind; }
  bool at_keyword(std::string_view word) const noexcept {
    return at(TokenKind::kKeyword) && peek().text == word;
  }
  Token next() noexcept {
    const Token token = peek();
    if (token.kind != TokenKind::kEnd) ++at_;
    return token;
  }
  void skip_space() noexcept {
    if (at(TokenKind::kSpace)) next();
  }
  bool expect_close(std::string_view context) {
    skip_space();
    if (!at(TokenKind::kRightDelim)) return unexpected(peek(), context);
    next();
    return true;
  }

  // Nodes up to {{end}}, {{else}} (both taken up to the word) or the end of the template.
  ListEnd list(std::vector<Node>& out) {
    while (!at(TokenKind::kEnd)) {
      const Token token = next();
      if (token.kind == TokenKind::kText) {
        out.emplace_back().text = token.text;
        continue;
      }
      skip_space();
      if (at_keyword("end")) {
        next();
        return expect_close("end") ? ListEnd::kEnd : ListEnd::kFailed;
      }
      if (at_keyword("else")) {
        next();
        return ListEnd::kElse;
      }
      if (!action(out.emplace_back())) return ListEnd::kFailed;
    }
    return ListEnd::kEndOfTemplate;
  }

  bool action(Node& node) {
    if (at(TokenKind::kKeyword)) {
      const std::string_view word = next().text;
      if (word == "if") return control(node, NodeKind::kIf, word);
      if (word == "with") return control(node, NodeKind::kWith, word);
      if (word == "range") return control(node, NodeKind::kRange, word);
      if (word == "break") return jump(node, NodeKind::kBreak, word);
      if (word == "continue") return jump(node, NodeKind::kContinue, word);
      return fail("{{" + std::string(word) + "}} is not supported");
    }
    node.kind = NodeKind::kAction;
    return pipeline(node.branches.emplace_back().pipeline, "command", TokenKind::kRightDelim);
  }

  bool jump(Node& node, NodeKind kind, std::string_view word) {
    node.kind = kind;
    if (range_depth_ == 0) return fail("{{" + std::string(word) + "}} outside {{range}}");
    return expect_close(word);
  }

  bool control(Node& node, NodeKind kind, std::string_view word) {
    if (++depth_ > kMaxDepth) return fail("nested too deeply");
    const std::size_t variables = variables_.size();
    node.kind = kind;
    const bool done = branches(node, word);
    variables_.resize(variables);
    --depth_;
    return done;
  }

  bool branches(Node& node, std::string_view word) {
    for (;;) {
      Branch& branch = node.branches.emplace_back();
      if (!pipeline(branch.pipeline, word, TokenKind::kRightDelim)) return false;
      if (node.kind == NodeKind::kRange) ++range_depth_;
      const ListEnd end = list(branch.body);
      if (node.kind == NodeKind::kRange) --range_depth_;
      if (end == ListEnd::kEnd) return true;
      if (end != ListEnd::kElse) return fail("unexpected end of template in " + std::string(word));
      skip_space();
      if (node.kind == NodeKind::kRange || !at_keyword(word)) break;
      next();
    }
    if (!expect_close("else")) return false;
    const ListEnd end = list(node.otherwise);
    if (end == ListEnd::kElse) return fail("expected end; found {{else}}");
    return end == ListEnd::kEnd || fail("unexpected end of template in else");
  }

  // Up to and with `end`.
  bool pipeline(Pipeline& out, std::string_view context, TokenKind end) {
    skip_space();
    if (!declarations(out, context)) return false;
    for (;;) {
      skip_space();
      if (at(end)) {
        next();
        break;
      }
      if (!starts_operand(peek().kind)) return unexpected(peek(), context);
      if (!command(out.commands.emplace_back())) return false;
    }
    if (out.commands.empty()) return fail("missing value for " + std::string(context));
    for (std::size_t i = 1; i < out.commands.size(); ++i) {
      if (!is_callable(out.commands[i].args[0].kind)) {
        return fail("non executable command in pipeline stage " + std::to_string(i + 1));
      }
    }
    return true;
  }

  // "$x :=", "$x =" or, for a range, "$i, $x :=". What only looks like one is left alone.
  bool declarations(Pipeline& out, std::string_view context) {
    while (at(TokenKind::kVariable)) {
      const std::size_t start = at_;
      const std::string name(next().text);
      skip_space();
      const bool comma = at(TokenKind::kPunctuation) && peek().text == ",";
      if (!comma && !at(TokenKind::kAssign) && !at(TokenKind::kDeclare)) {
        at_ = start;
        return true;
      }
      out.assigns = at(TokenKind::kAssign);
      next();
      out.variables.push_back(name);
      variables_.push_back(name);
      if (!comma) return true;
      if (context != "range" || out.variables.size() > 1) {
        return fail("too many declarations in " + std::string(context));
      }
      skip_space();
      if (!at(TokenKind::kVariable)) return fail("range can only initialize variables");
    }
    return true;
  }

  static bool starts_operand(TokenKind kind) noexcept {
    switch (kind) {
      case TokenKind::kBool:
      case TokenKind::kChar:
      case TokenKind::kDot:
      case TokenKind::kField:
      case TokenKind::kIdentifier:
      case TokenKind::kLeftParen:
      case TokenKind::kNil:
      case TokenKind::kNumber:
      case TokenKind::kRawString:
      case TokenKind::kString:
      case TokenKind::kVariable: return true;
      default: return false;
    }
  }

  // Operands up to a pipe, which is taken, or the end of the pipeline, which is not.
  bool command(Command& out) {
    for (;;) {
      skip_space();
      if (starts_operand(peek().kind) && !operand(out.args.emplace_back())) return false;
      if (at(TokenKind::kSpace)) continue;
      if (at(TokenKind::kPipe)) {
        next();
        break;
      }
      if (at(TokenKind::kRightDelim) || at(TokenKind::kRightParen)) break;
      return unexpected(peek(), "operand");
    }
    return !out.args.empty() || fail("empty command");
  }

  bool operand(Operand& out) {
    if (!term(out)) return false;
    if (at(TokenKind::kField) && !is_callable(out.kind)) {
      return fail("unexpected . after a literal or a dot");
    }
    while (at(TokenKind::kField)) out.fields.emplace_back(next().text.substr(1));
    note_uses(out);
    return true;
  }

  bool term(Operand& out) {
    const Token token = next();
    switch (token.kind) {
      case TokenKind::kBool:
        out.kind = OperandKind::kBool;
        out.flag = token.text == "true";
        return true;
      case TokenKind::kNil: return true;
      case TokenKind::kDot: out.kind = OperandKind::kDot; return true;
      case TokenKind::kField:
        out.kind = OperandKind::kField;
        out.fields.emplace_back(token.text.substr(1));
        return true;
      case TokenKind::kVariable: return variable(out, token.text);
      case TokenKind::kIdentifier: return function(out, token.text);
      case TokenKind::kLeftParen: return parenthesized(out);
      default: return literal(out, token);
    }
  }

  bool literal(Operand& out, const Token& token) {
    if (token.kind == TokenKind::kNumber) {
      auto number = parse_number(token.text);
      if (!number) return fail(number.error().what);
      out = std::move(*number);
      return true;
    }
    if (token.kind == TokenKind::kChar) {
      const auto rune = unquote_char(token.text);
      if (!rune) return fail("malformed character constant: " + quote(token.text));
      out.kind = OperandKind::kInt;
      out.integer = *rune;
      return true;
    }
    auto text = unquote(token.text);
    if (!text) return fail("invalid string literal " + quote(token.text));
    out.kind = OperandKind::kString;
    out.text = std::move(*text);
    return true;
  }

  bool variable(Operand& out, std::string_view name) {
    out.kind = OperandKind::kVariable;
    out.text = name;
    if (name == "$" || std::find(variables_.begin(), variables_.end(), name) != variables_.end()) {
      return true;
    }
    return fail("undefined variable " + quote(name));
  }

  bool function(Operand& out, std::string_view name) {
    out.kind = OperandKind::kFunction;
    if (name == "call") return fail("function call is not supported");
    const auto* found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                     [&](const auto& entry) { return entry.first == name; });
    if (found == kFunctions.end()) return fail("function " + quote(name) + " not defined");
    out.function = found->second;
    return true;
  }

  bool parenthesized(Operand& out) {
    if (++depth_ > kMaxDepth) return fail("nested too deeply");
    out.kind = OperandKind::kPipeline;
    out.pipeline = std::make_unique<Pipeline>();
    const bool done = pipeline(*out.pipeline, "parenthesized pipeline", TokenKind::kRightParen);
    --depth_;
    return done;
  }

  // What the template may ask of a process: rather too much than too little.
  void note_uses(const Operand& operand) {
    // The whole process is printed by "." or "$".
    const bool whole = operand.kind == OperandKind::kDot ||
                       (operand.kind == OperandKind::kVariable && operand.text == "$");
    if (whole && operand.fields.empty())
      needs_ |= Facts{.username = true, .groupname = false, .cgroups = true};
    bool is_key = false;
    for (const std::string& name : operand.fields) {
      if (const Field* field = find_field(name); field != nullptr && !is_key)
        needs_ |= field->needs;
      if (name == "StartTime" && !is_key) uses_start_time_ = true;
      const TimeMethod* method = find_time_method(name);
      if (method != nullptr && method->read == nullptr && !is_key) unsupported_method_ = name;
      is_key = name == "Matches";
    }
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string> variables_;
  int depth_ = 0;
  int range_depth_ = 0;
  Facts needs_;
  bool uses_start_time_ = false;
  std::string unsupported_method_;
  std::string failure_;
};

}  // namespace

Result<Parsed> parse_template(std::string_view source) {
  auto tokens = lex(source);
  if (!tokens) return tokens.error();
  return Parser(std::move(*tokens)).run();
}

}  // namespace hx::tmpl
