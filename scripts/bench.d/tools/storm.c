/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storm GROUP COUNT RATE PARALLEL PROGRAM [ARGUMENT...]: joins the control group of that directory
 * ("-": none) and executes PROGRAM so many times, RATE a second (0: as fast as it goes), at most
 * PARALLEL at once. Prints the seconds that it took and the CPU seconds of the children and, in the
 * group, of itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void sleep_until(double when)
{
	struct timespec until = {(time_t)when, (long)((when - (time_t)when) * 1e9)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void spawn(char **argv)
{
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0) {
		perror(argv[0]);
		exit(1);
	}
}

/* Returns whether one has ended. */
static int reap(int options)
{
	int status;
	pid_t pid = waitpid(-1, &status, options);

	if (pid > 0 && status != 0) {
		fprintf(stderr, "storm: a child ended with %d\n", status);
		exit(1);
	}
	return pid > 0;
}

static void join(const char *group)
{
	int directory, file;

	if (strcmp(group, "-") == 0)
		return;
	directory = open(group, O_PATH | O_CLOEXEC);
	file = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "0", 1) != 1) {
		perror(group);
		exit(1);
	}
	close(file);
	close(directory);
}

int main(int argc, char **argv)
{
	long count = argc > 5 ? atol(argv[2]) : 0, i;
	double rate = argc > 5 ? atof(argv[3]) : 0, begin, own;
	long parallel = argc > 5 ? atol(argv[4]) : 0, living = 0;
	struct rusage used;

	if (count <= 0 || parallel <= 0) {
		fputs("usage: storm GROUP COUNT RATE PARALLEL PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	join(argv[1]);
	begin = seconds(CLOCK_MONOTONIC);
	own = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (i = 0; i < count; i++) {
		if (rate > 0)
			sleep_until(begin + i / rate);
		while (living > 0 && reap(living < parallel ? WNOHANG : 0))
			living--;
		spawn(argv + 5);
		living++;
	}
	while (reap(0)) {
	}
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%.3f %.6f %.6f\n", seconds(CLOCK_MONOTONIC) - begin,
	       used.ru_utime.tv_sec + used.ru_stime.tv_sec +
		   (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) - own);
	return 0;
}
