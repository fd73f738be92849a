/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd THREADS: so many threads that come for a CPU at once. It writes a byte when all of them are
 * there, and another when each has read a byte; then they sleep until somebody kills them.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static int threads;
static atomic_int ran;

static void tell(void)
{
  if (write(STDOUT_FILENO, "x", 1) != 1) _exit(1);
}

static void *run(void *unused)
{
  char go;

  if (read(STDIN_FILENO, &go, 1) != 1) _exit(1);
  if (atomic_fetch_add(&ran, 1) + 1 == threads) tell();
  for (;;) pause();
  return unused;
}

int main(int argc, char **argv)
{
  pthread_attr_t small;

  threads = argc > 1 ? atoi(argv[1]) : 1;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  for (int i = 0; i < threads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &small, run, NULL) != 0) return 1;
  }
  tell();
  for (;;) pause();
}
