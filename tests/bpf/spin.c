/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spin MS [THREADS [exec]]: uses the CPU for that long, in each of so many threads, and ends; or the
 * last of them executes this program again instead, for one thread.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char **executed;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void *spin(void *ms)
{
  const double end = now() + *(const int *)ms * 1e-3;
  while (now() < end) {
  }
  return NULL;
}

static void *spin_and_exec(void *ms)
{
  spin(ms);
  execv(executed[0], executed);
  _exit(127);
}

int main(int argc, char **argv)
{
  int ms = argc > 1 ? atoi(argv[1]) : 0;
  int threads = argc > 2 ? atoi(argv[2]) : 1;
  pthread_t others[64];
  char *again[] = {argv[0], argv[1], NULL};
  executed = again;
  for (int i = 1; i < threads && i < 64; ++i) {
    int execs = argc > 3 && i == threads - 1;
    pthread_create(&others[i], NULL, execs ? spin_and_exec : spin, &ms);
  }
  spin(&ms);
  for (int i = 1; i < threads && i < 64; ++i) pthread_join(others[i], NULL);
  return 0;
}
