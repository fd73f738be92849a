/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf_hold empty|stats: attaches the empty program, or switches on the kernel's statistics of BPF
 * programs, says "ready" and holds it until standard input ends or the process does.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "skeletons/empty.skel.h"

static int hold_empty(void)
{
	struct empty_bpf *skeleton = empty_bpf__open_and_load();

	return skeleton && empty_bpf__attach(skeleton) == 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	char byte;
	int ok;

	if (strcmp(what, "empty") == 0) {
		ok = hold_empty();
	} else if (strcmp(what, "stats") == 0) {
		ok = bpf_enable_stats(BPF_STATS_RUN_TIME) >= 0;
	} else {
		fputs("usage: bpf_hold empty|stats\n", stderr);
		return 2;
	}
	if (!ok) {
		perror("bpf_hold");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	return 0;
}
