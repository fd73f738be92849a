// SPDX-License-Identifier: Apache-2.0
// Splits a Go text/template into tokens, by the rules of Go's text/template/parse.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace hx::tmpl {

enum class TokenKind {
  kEnd,  // of the template
  kText,
  kLeftDelim,
  kRightDelim,
  kSpace,  // it matters: "$x +1" has two operands, "$x+1" is an error
  kAssign,
  kDeclare,
  kPipe,
  kLeftParen,
  kRightParen,
  kPunctuation,
  kString,
  kRawString,
  kChar,
  kNumber,
  kBool,
  kNil,
  kDot,
  kField,     // with its dot
  kVariable,  // with its dollar
  kIdentifier,
  kKeyword,
};

// A view into the template.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
};

// Trim markers are applied and comments left out. The last token is kEnd.
Result<std::vector<Token>> lex(std::string_view source);

}  // namespace hx::tmpl
