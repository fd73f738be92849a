/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sleepers COUNT [THREADS]: keeps so many sleeping processes of a handful of names, of so many
 * threads each, says "ready" and ends with them when its standard input ends.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const names[] = {"bench-web", "bench-db", "bench-queue", "bench-cache",
				    "bench-cron"};
enum { NAMES = sizeof(names) / sizeof(names[0]), STACK_BYTES = 16384 };

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Tells by `ready` that all its threads are there, or ends without. */
static void sleep_for_good(const char *name, long threads, pid_t parent, int ready)
{
	pthread_attr_t attributes;
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it ended before we asked */
		_exit(0);
	prctl(PR_SET_NAME, name);
	signal(SIGTERM, SIG_DFL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (--threads > 0) {
		if (pthread_create(&thread, &attributes, sleep_on, NULL) != 0)
			_exit(1);
	}
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	sleep_on(NULL);
}

static int all_are_ready(long count, int ready)
{
	char byte;

	while (count > 0 && read(ready, &byte, 1) == 1)
		count--;
	return count == 0;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0, threads = argc > 2 ? atol(argv[2]) : 1, i;
	pid_t parent = getpid();
	int ready[2], ok;
	char byte;

	if (count <= 0 || threads <= 0 || argc > 3) {
		fputs("usage: sleepers COUNT [THREADS]\n", stderr);
		return 2;
	}
	setpgid(0, 0); /* so that one signal reaches all sleepers and nobody else */
	signal(SIGTERM, SIG_IGN);
	if (pipe(ready) != 0)
		return 1;
	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(ready[0]);
			sleep_for_good(names[i % NAMES], threads, parent, ready[1]);
		}
		if (pid < 0) {
			perror("fork");
			break;
		}
	}
	close(ready[1]);
	ok = i == count && all_are_ready(count, ready[0]);
	if (ok) {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0) {
		}
	}
	kill(0, SIGTERM);
	while (wait(NULL) > 0) {
	}
	return !ok;
}
