// SPDX-License-Identifier: Apache-2.0
// What a start needs and a scrape does not.
#pragma once

namespace hx {

// Gives memory back that only the start has used: freed heap, and pages of programs and libraries
// that the dynamic linker and initialisers have touched. What is used again comes from the page
// cache.
void release_start_memory() noexcept;

}  // namespace hx
