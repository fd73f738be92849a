/* SPDX-License-Identifier: Apache-2.0 */
/*
 * burn MICROSECONDS [SHAPE]: uses the CPU for that long and ends. With a shape a second thread does
 * the second half of it:
 *   last   and ends before the main thread does
 *   first  after the main thread has ended
 *   exec   and then executes this program again, for as long once more
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *program, *shape;
static long half_ns;
static atomic_int main_ends;

/* Not time that passes: others want the CPU too. */
static long cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void use_cpu(long ns)
{
	long end = cpu_ns() + ns;

	while (cpu_ns() < end) {
	}
}

static void *second_thread(void *unused)
{
	char us[32];

	use_cpu(half_ns);
	if (strcmp(shape, "exec") == 0) {
		snprintf(us, sizeof(us), "%ld", 2 * half_ns / 1000);
		execl(program, program, us, (char *)NULL);
		_exit(127);
	}
	if (strcmp(shape, "first") == 0) {
		do
			usleep(200);
		while (!main_ends);
		_exit(0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	long ns = argc > 1 ? atol(argv[1]) * 1000 : 0;
	pthread_t second;

	program = argv[0];
	shape = argc > 2 ? argv[2] : "";
	if (*shape == '\0') {
		use_cpu(ns);
		return 0;
	}
	half_ns = ns / 2;
	if (pthread_create(&second, NULL, second_thread, NULL) != 0)
		return 1;
	use_cpu(half_ns);
	if (strcmp(shape, "first") == 0) {
		main_ends = 1;
		syscall(SYS_exit, 0); /* this thread alone */
	}
	pthread_join(second, NULL);
	return 0;
}
