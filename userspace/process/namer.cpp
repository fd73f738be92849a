// SPDX-License-Identifier: Apache-2.0
#include "process/namer.h"

#include "base/text.h"
#include "process/quote.h"
#include "process/template_ast.h"
#include "process/template_exec.h"

namespace hx {
std::string shorten_name(const std::string& name) {
  // Slicing may have cut a character in two.
  std::string out = to_utf8(name);
  if (out.size() <= kMaxNameLength) return out;
  std::size_t end = kMaxNameLength;
  while ((static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
  out.resize(end);
  return out;
}

NameTemplate::NameTemplate(std::unique_ptr<const tmpl::Parsed> parsed)
    : parsed_(std::move(parsed)) {}
NameTemplate::NameTemplate(NameTemplate&&) noexcept = default;
NameTemplate& NameTemplate::operator=(NameTemplate&&) noexcept = default;
NameTemplate::~NameTemplate() = default;

Result<NameTemplate> NameTemplate::parse(std::string_view text) {
  auto parsed = tmpl::parse_template(text);
  if (!parsed) {
    return Error{0, "invalid name template " + quote(text) + ": " + parsed.error().what};
  }
  return NameTemplate(std::make_unique<tmpl::Parsed>(std::move(*parsed)));
}

std::string NameTemplate::render(Subject& subject, const Matches& matches) const {
  return shorten_name(tmpl::execute(*parsed_, subject, matches, kMaxNameLength));
}

std::optional<std::string> NameTemplate::literal() const {
  std::string out;
  for (const tmpl::Node& node : parsed_->nodes) {
    if (node.kind != tmpl::NodeKind::kText) return std::nullopt;
    out += node.text;
  }
  return shorten_name(out);
}

Facts NameTemplate::needs() const noexcept { return parsed_->needs; }

}  // namespace hx
