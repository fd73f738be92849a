// SPDX-License-Identifier: Apache-2.0
// After the state machine of Go's text/template/exec.go.
#include "process/template_exec.h"

#include <optional>
#include <utility>
#include <vector>

#include "process/template_fields.h"
#include "process/template_format.h"
#include "process/template_functions.h"
#include "process/template_value.h"

namespace hx::tmpl {
namespace {

// Operands and iterations of one rendering: no template with a purpose comes near, nested ranges
// over a long list of cgroups do.
constexpr int kMaxSteps = 20'000;

enum class Flow { kNext, kBreak, kContinue, kStop };

class Executor {
 public:
  Executor(Subject& subject, const Matches& matches, std::size_t limit)
      : root_{&subject, &matches}, limit_(limit) {
    variables_.emplace_back("$", root_);
  }

  std::string run(const std::vector<Node>& nodes) {
    walk(nodes, root_);
    return std::move(out_);
  }

 private:
  using MaybeValue = std::optional<Value>;

  bool step() noexcept { return ++steps_ <= kMaxSteps; }

  Flow walk(const std::vector<Node>& nodes, const Value& dot) {
    for (const Node& node : nodes) {
      const Flow flow = walk(node, dot);
      if (flow != Flow::kNext) return flow;
    }
    return Flow::kNext;
  }

  Flow walk(const Node& node, const Value& dot) {
    if (out_.size() > limit_ || !step()) return Flow::kStop;
    switch (node.kind) {
      case NodeKind::kText: out_ += node.text; return Flow::kNext;
      case NodeKind::kAction: return action(node.branches[0].pipeline, dot);
      case NodeKind::kBreak: return Flow::kBreak;
      case NodeKind::kContinue: return Flow::kContinue;
      case NodeKind::kIf:
      case NodeKind::kWith:
      case NodeKind::kRange: break;
    }
    const std::size_t variables = variables_.size();
    const Flow flow = node.kind == NodeKind::kRange ? range(node, dot) : choose(node, dot);
    variables_.resize(variables);
    return flow;
  }

  Flow action(const Pipeline& pipeline, const Value& dot) {
    const MaybeValue value = evaluate(pipeline, dot);
    if (!value) return Flow::kStop;
    if (pipeline.variables.empty()) append_value(out_, *value);
    return Flow::kNext;
  }

  Flow choose(const Node& node, const Value& dot) {
    for (const Branch& branch : node.branches) {
      const MaybeValue value = evaluate(branch.pipeline, dot);
      if (!value) return Flow::kStop;
      if (truth(*value)) return walk(branch.body, node.kind == NodeKind::kWith ? *value : dot);
    }
    return walk(node.otherwise, dot);
  }

  Flow range(const Node& node, const Value& dot) {
    const Branch& branch = node.branches[0];
    const MaybeValue value = evaluate(branch.pipeline, dot);
    if (!value) return Flow::kStop;
    if (const auto* list = as<List>(*value)) {
      if (list->empty()) return walk(node.otherwise, dot);
      for (std::size_t i = 0; i < list->size(); ++i) {
        const Integer index{static_cast<std::int64_t>(i)};
        const Flow flow = iterate(branch, index, std::string_view((*list)[i]));
        if (flow != Flow::kNext) return flow == Flow::kBreak ? Flow::kNext : Flow::kStop;
      }
      return Flow::kNext;
    }
    if (const auto* map = as<const Matches*>(*value)) {
      if ((*map)->empty()) return walk(node.otherwise, dot);
      for (const auto& [key, text] : **map) {
        const Flow flow = iterate(branch, std::string_view(key), std::string_view(text));
        if (flow != Flow::kNext) return flow == Flow::kBreak ? Flow::kNext : Flow::kStop;
      }
      return Flow::kNext;
    }
    return as<None>(*value) ? walk(node.otherwise, dot) : Flow::kStop;
  }

  // kNext, kBreak or kStop.
  Flow iterate(const Branch& branch, const Value& index, const Value& element) {
    const std::size_t variables = variables_.size();
    const auto& names = branch.pipeline.variables;
    const bool both = names.size() > 1;
    if (branch.pipeline.assigns) {
      if (!names.empty() && !assign(names[0], both ? index : element)) return Flow::kStop;
      if (both && !assign(names[1], element)) return Flow::kStop;
    } else if (!names.empty()) {
      variables_[variables - 1].second = element;
      if (both) variables_[variables - 2].second = index;
    }
    const Flow flow = walk(branch.body, element);
    variables_.resize(variables);
    return flow == Flow::kContinue ? Flow::kNext : flow;
  }

  Value* find(std::string_view name) noexcept {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->first == name) return &it->second;
    }
    return nullptr;  // "=" without ":=" passes the parser, as in Go
  }

  bool assign(std::string_view name, const Value& value) noexcept {
    Value* variable = find(name);
    if (variable != nullptr) *variable = value;
    return variable != nullptr;
  }

  MaybeValue evaluate(const Pipeline& pipeline, const Value& dot) {
    MaybeValue value;
    for (const Command& command : pipeline.commands) {
      // The previous value is this one's last argument.
      value = evaluate(command, dot, value ? &*value : nullptr);
      if (!value) return std::nullopt;
    }
    for (const std::string& name : pipeline.variables) {
      if (!pipeline.assigns) {
        variables_.emplace_back(name, *value);
      } else if (!assign(name, *value)) {
        return std::nullopt;
      }
    }
    return value;
  }

  MaybeValue evaluate(const Command& command, const Value& dot, const Value* last) {
    const Operand& first = command.args[0];
    if (first.kind == OperandKind::kFunction && first.fields.empty()) {
      return call(first.function, std::span(command.args).subspan(1), dot, last);
    }
    if (first.kind == OperandKind::kNil) return std::nullopt;
    const bool has_args = command.args.size() > 1 || last != nullptr;
    // Only functions take arguments.
    if (has_args && first.fields.empty()) return std::nullopt;
    return operand(first, dot, has_args);
  }

  MaybeValue operand(const Operand& operand, const Value& dot, bool has_args = false) {
    if (!step()) return std::nullopt;
    switch (operand.kind) {
      case OperandKind::kBool: return operand.flag;
      case OperandKind::kInt: return Integer{operand.integer};
      case OperandKind::kFloat: return operand.real;
      case OperandKind::kString: return std::string_view(operand.text);
      case OperandKind::kNil: return None{};
      case OperandKind::kDot: return dot;
      case OperandKind::kField: return follow(dot, operand.fields, has_args);
      case OperandKind::kVariable: {
        const Value* value = find(operand.text);
        if (value == nullptr) return std::nullopt;
        return follow(*value, operand.fields, has_args);
      }
      case OperandKind::kFunction:
        return follow(call(operand.function, {}, dot, nullptr), operand.fields, has_args);
      case OperandKind::kPipeline:
        return follow(evaluate(*operand.pipeline, dot), operand.fields, has_args);
      case OperandKind::kOverflow: break;
    }
    return std::nullopt;
  }

  static MaybeValue follow(MaybeValue value, const std::vector<std::string>& names, bool has_args) {
    for (std::size_t i = 0; value && i < names.size(); ++i) {
      value = field(*value, names[i], has_args && i + 1 == names.size());
    }
    return value;
  }

  static MaybeValue field(const Value& value, const std::string& name, bool has_args) {
    if (as<None>(value)) return value;
    if (has_args) return std::nullopt;
    if (const auto* root = as<Root>(value)) {
      const Field* found = find_field(name);
      if (found == nullptr) return std::nullopt;
      return found->read(*root);
    }
    if (const auto* map = as<const Matches*>(value)) {
      const auto found = (*map)->find(name);
      if (found == (*map)->end()) return None{};
      return std::string_view(found->second);
    }
    if (const auto* time = as<Time>(value)) {
      const TimeMethod* method = find_time_method(name);
      if (method == nullptr || method->read == nullptr) return std::nullopt;
      return method->read(*time);
    }
    return std::nullopt;
  }

  MaybeValue call(Function function, std::span<const Operand> operands, const Value& dot,
                  const Value* last) {
    if (function == Function::kAnd || function == Function::kOr) {
      return decide(function == Function::kOr, operands, dot, last);
    }
    std::vector<Value> args;
    for (const Operand& arg : operands) {
      const MaybeValue value = operand(arg, dot);
      if (!value) return std::nullopt;
      args.push_back(*value);
    }
    if (last != nullptr) args.push_back(*last);
    return apply(function, args, arena_);
  }

  // The first argument whose truth is `wanted`, or the last one.
  MaybeValue decide(bool wanted, std::span<const Operand> operands, const Value& dot,
                    const Value* last) {
    MaybeValue value;
    for (const Operand& arg : operands) {
      value = operand(arg, dot);
      if (!value || truth(*value) == wanted) return value;
    }
    if (last != nullptr) value = *last;
    return value;
  }

  Root root_;
  std::size_t limit_;
  std::string out_;
  std::vector<std::pair<std::string_view, Value>> variables_;
  Arena arena_;
  int steps_ = 0;
};

}  // namespace

std::string execute(const Parsed& parsed, Subject& subject, const Matches& matches,
                    std::size_t limit) {
  return Executor(subject, matches, limit).run(parsed.nodes);
}

}  // namespace hx::tmpl
