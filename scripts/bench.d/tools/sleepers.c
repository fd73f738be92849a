/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sleepers COUNT: keeps so many sleeping processes of a handful of names, says "ready" and ends
 * with them when its standard input ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const names[] = {"bench-web", "bench-db", "bench-queue", "bench-cache",
				    "bench-cron"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void sleep_for_good(const char *name, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it ended before we asked */
		_exit(0);
	prctl(PR_SET_NAME, name);
	signal(SIGTERM, SIG_DFL);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0, i;
	pid_t parent = getpid();
	char byte;

	if (count <= 0) {
		fputs("usage: sleepers COUNT\n", stderr);
		return 2;
	}
	setpgid(0, 0); /* so that one signal reaches all sleepers and nobody else */
	signal(SIGTERM, SIG_IGN);
	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			sleep_for_good(names[i % NAMES], parent);
		if (pid < 0) {
			perror("fork");
			break;
		}
	}
	if (i == count) {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0) {
		}
	}
	kill(0, SIGTERM);
	while (wait(NULL) > 0) {
	}
	return i != count;
}
