// SPDX-License-Identifier: Apache-2.0
// What collectors ask the kernel for without a file, as values that a test can replace.
#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

namespace hx {

// Each has the signature and the errors of the function it is named after, ioctl with the one
// argument that all of ours have.
struct Syscalls {
  int (*adjtimex)(timex* clock) = ::adjtimex;
  int (*clock_gettime)(clockid_t clock, timespec* now) = ::clock_gettime;
  int (*ioctl)(int fd, unsigned long request, void* argument) =
      [](int fd, unsigned long request, void* argument) { return ::ioctl(fd, request, argument); };
  ssize_t (*recv)(int socket, void* buffer, size_t size, int flags) = ::recv;
  ssize_t (*send)(int socket, const void* bytes, size_t size, int flags) = ::send;
  int (*socket)(int domain, int type, int protocol) = ::socket;
  int (*statfs)(const char* path, struct ::statfs* out) = ::statfs;
  long (*sysconf)(int name) = ::sysconf;
  int (*uname)(utsname* out) = ::uname;
};

}  // namespace hx
