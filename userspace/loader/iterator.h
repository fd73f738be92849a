// SPDX-License-Identifier: Apache-2.0
// Reading a BPF iterator from beginning to end.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "loader/link.h"

namespace hx {

// An attached iterator program. Each read() is one fresh pass over the kernel's objects.
class Iterator {
 public:
  static Result<Iterator> attach(bpf_program* program);

  // Hands out the bytes in pieces that end where a read(2) ended: the kernel cuts between two
  // records of one program run, never inside one.
  Status read(const std::function<void(std::span<const char>)>& on_bytes);

 private:
  explicit Iterator(bpf_link* link);

  LinkPtr link_;
  std::vector<char> buffer_;
};

// One pass of a program that is not needed again.
Status read_iterator(bpf_program* program,
                     const std::function<void(std::span<const char>)>& on_bytes);

}  // namespace hx
