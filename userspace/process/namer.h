// SPDX-License-Identifier: Apache-2.0
// The name of a group: a Go text/template over one process.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "process/identity.h"

namespace hx {

namespace tmpl {
struct Parsed;
}

// Group names end at this length, between two characters. Upstream has no such bound, and a process
// could make labels of 1 MiB by its arguments.
constexpr std::size_t kMaxNameLength = 4096;
// `name` within that bound and in valid UTF-8.
std::string shorten_name(const std::string& name);

// Immutable; any number of threads, each with its own Subject.
//
// Supported: all of text/template but define, template, block, call, complex numbers and most
// methods of the start time, which are refused by parse() rather than rendered wrongly.
class NameTemplate {
 public:
  // The error quotes the text and fits one line.
  static Result<NameTemplate> parse(std::string_view text);

  NameTemplate(NameTemplate&&) noexcept;
  NameTemplate& operator=(NameTemplate&&) noexcept;
  ~NameTemplate();

  // Valid UTF-8, possibly empty. As upstream, a template that fails half-way (unknown field, index
  // out of range, different kinds compared; here also: too much work) gives what it had written.
  std::string render(Subject& subject, const Matches& matches) const;

  // The name, if it is the same for every process.
  std::optional<std::string> literal() const;
  Facts needs() const noexcept;

 private:
  explicit NameTemplate(std::unique_ptr<const tmpl::Parsed> parsed);

  std::unique_ptr<const tmpl::Parsed> parsed_;
};

}  // namespace hx
