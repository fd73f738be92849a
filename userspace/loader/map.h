// SPDX-License-Identifier: Apache-2.0
// Typed views of BPF maps. Each refuses a map whose layout is not that of its C++ types.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hx {

// What counts by CPU has room for those that may come later too.
inline std::uint32_t possible_cpus() {
  return static_cast<std::uint32_t>(libbpf_num_possible_cpus());
}

inline Error layout_error(const bpf_map* map) {
  return {EPROTO, std::string("map ") + bpf_map__name(map) + " has another layout than its reader"};
}

// An array with BPF_F_MMAPABLE: read without a system call, and without any capability.
template <class Value>
class MappedArray {
 public:
  static Result<MappedArray> of(const bpf_map* map) {
    static_assert(sizeof(Value) % 8 == 0, "the kernel rounds array elements up to 8 bytes");
    if (bpf_map__value_size(map) != sizeof(Value)) return layout_error(map);
    const std::size_t count = bpf_map__max_entries(map);
    void* memory =
        ::mmap(nullptr, count * sizeof(Value), PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);
    if (memory == MAP_FAILED) return Error{errno, std::string("mmap map ") + bpf_map__name(map)};
    return MappedArray(static_cast<const Value*>(memory), count);
  }

  MappedArray(MappedArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), count_(other.count_) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~MappedArray() {
    if (values_ != nullptr) ::munmap(const_cast<Value*>(values_), count_ * sizeof(Value));
  }

  // Written by the kernel meanwhile: copy what must be consistent.
  const Value* begin() const noexcept { return values_; }
  const Value* end() const noexcept { return values_ + count_; }

 private:
  MappedArray(const Value* values, std::size_t count) : values_(values), count_(count) {}

  const Value* values_ = nullptr;
  std::size_t count_ = 0;
};

// A hash map, read whole: in batches where the kernel has them, else key by key.
template <class Key, class Value>
class HashView {
 public:
  struct Entry {
    Key key;
    Value value;
  };

  static Result<HashView> of(const bpf_map* map) {
    if (bpf_map__key_size(map) != sizeof(Key) || bpf_map__value_size(map) != sizeof(Value)) {
      return layout_error(map);
    }
    return HashView(map);
  }

  // Valid until the next read().
  Result<const std::vector<Entry>*> read() {
    entries_.clear();
    if (!read_batches() && !read_singly()) {
      return Error{errno, std::string("read map ") + bpf_map__name(map_)};
    }
    return &entries_;
  }

 private:
  static constexpr std::uint32_t kBatch = 64;

  explicit HashView(const bpf_map* map) : map_(map), keys_(kBatch), values_(kBatch) {}

  bool read_batches() {
    // The cursor of a hash is a bucket number; a key-sized buffer satisfies every map type.
    alignas(8) unsigned char cursor[sizeof(Key) > 8 ? sizeof(Key) : 8];
    void* in = nullptr;
    for (;;) {
      std::uint32_t count = kBatch;
      const int result = bpf_map_lookup_batch(bpf_map__fd(map_), in, cursor, keys_.data(),
                                              values_.data(), &count, nullptr);
      if (result != 0 && errno != ENOENT) return false;
      for (std::uint32_t i = 0; i < count; ++i) entries_.push_back({keys_[i], values_[i]});
      if (result != 0) return true;
      in = cursor;
    }
  }

  bool read_singly() {
    entries_.clear();
    const int fd = bpf_map__fd(map_);
    Entry entry;
    const Key* last = nullptr;
    while (bpf_map_get_next_key(fd, last, &entry.key) == 0) {
      if (bpf_map_lookup_elem(fd, &entry.key, &entry.value) == 0) entries_.push_back(entry);
      keys_[0] = entry.key;
      last = keys_.data();
    }
    return errno == ENOENT;
  }

  const bpf_map* map_;
  std::vector<Key> keys_;
  std::vector<Value> values_;
  std::vector<Entry> entries_;
};

}  // namespace hx
