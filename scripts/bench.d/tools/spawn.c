/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn BATCHES COUNT PROGRAM: forks, executes PROGRAM and waits for its end, so many times a
 * batch, and prints the nanoseconds per process of each batch. The smallest of many short batches
 * is the one that nothing else has disturbed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void spawn(const char *program)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		perror(program);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	long batches = argc == 4 ? atol(argv[1]) : 0;
	long count = argc == 4 ? atol(argv[2]) : 0;
	struct timespec begin, end;
	long i;

	if (batches <= 0 || count <= 0) {
		fputs("usage: spawn BATCHES COUNT PROGRAM\n", stderr);
		return 2;
	}
	while (batches-- > 0) {
		clock_gettime(CLOCK_MONOTONIC, &begin);
		for (i = 0; i < count; i++)
			spawn(argv[3]);
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%.0f\n",
		       ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / count);
		fflush(stdout); /* or the next child inherits it */
	}
	return 0;
}
