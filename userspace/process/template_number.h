// SPDX-License-Identifier: Apache-2.0
// Number literals of Go templates.
#pragma once

#include <string_view>

#include "base/result.h"
#include "process/template_ast.h"

namespace hx::tmpl {

// An operand of kind kInt or kFloat, or kOverflow for what fits an unsigned integer only: Go finds
// out when it executes.
Result<Operand> parse_number(std::string_view text);

}  // namespace hx::tmpl
