/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reads DEVICE COUNT: reads so many blocks of 4 KiB past the page cache, one request each, and
 * prints the nanoseconds per read.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096 };

int main(int argc, char **argv)
{
	static char block[BLOCK] __attribute__((aligned(BLOCK)));
	long count = argc == 3 ? atol(argv[2]) : 0, i;
	struct timespec begin, end;
	off_t blocks;
	int fd;

	if (count <= 0) {
		fputs("usage: reads DEVICE COUNT\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECT);
	blocks = fd < 0 ? 0 : lseek(fd, 0, SEEK_END) / BLOCK;
	if (blocks <= 0) {
		perror(argv[1]);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < count; i++) {
		if (pread(fd, block, BLOCK, i % blocks * BLOCK) != BLOCK) {
			perror(argv[1]);
			return 1;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.0f\n",
	       ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / count);
	return 0;
}
