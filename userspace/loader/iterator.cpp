// SPDX-License-Identifier: Apache-2.0
#include "loader/iterator.h"

#include <bpf/bpf.h>

#include <memory>

#include "loader/skeleton.h"

namespace hx {
namespace {

// The kernel's own buffer of an iterator is 8 pages (kernel/bpf/bpf_iter.c).
constexpr std::size_t kBufferBytes = 32768;

}  // namespace

Iterator::Iterator(bpf_link* link) : link_(link), buffer_(kBufferBytes) {}

Result<Iterator> Iterator::attach(bpf_program* program) {
  bpf_link* link = bpf_program__attach_iter(program, nullptr);
  if (link == nullptr) return bpf_error("attach iterator", -errno);
  return Iterator(link);
}

Status Iterator::read(const std::function<void(std::span<const char>)>& on_bytes) {
  const Fd fd(bpf_iter_create(bpf_link__fd(link_.get())));
  if (!fd) return Error{errno, "create iterator"};
  for (;;) {
    const auto got = ::read(fd.get(), buffer_.data(), buffer_.size());
    if (got == 0) return {};
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return Error{errno, "read iterator"};
    }
    on_bytes(std::span<const char>(buffer_.data(), static_cast<std::size_t>(got)));
  }
}

Status read_iterator(bpf_program* program,
                     const std::function<void(std::span<const char>)>& on_bytes) {
  auto iterator = Iterator::attach(program);
  if (!iterator) return iterator.error();
  return iterator->read(on_bytes);
}

}  // namespace hx
