// SPDX-License-Identifier: Apache-2.0
// Renders a parsed template.
#pragma once

#include <string>

#include "process/identity.h"
#include "process/template_ast.h"

namespace hx::tmpl {

// What the template writes before it ends, fails, has worked too long or has written more than
// `limit` bytes (at most one value above it).
std::string execute(const Parsed& parsed, Subject& subject, const Matches& matches,
                    std::size_t limit);

}  // namespace hx::tmpl
