/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a capture file, for who must not be kept waiting by them. */
#ifndef AGENT_CAPSTREAM_H_
#define AGENT_CAPSTREAM_H_

#include <stdbool.h>
#include <stdio.h>

typedef bool capstream_fn(void *arg);

/* Of the caller's, who may look at it; it stays where it is until fclose. */
struct capstream {
	capstream_fn *pulse; /* or NULL */
	void *arg;
	int fd;
	bool inside; /* in a call of pulse */
	bool ended;  /* pulse said so */
};

/**
 * capstream_open(s, path):
 * Return a stream to read the file ${path}, "-" standard input, with ${s}, of
 * which pulse and arg are set.  Before it reads, and some times a second while
 * it waits for a pipe, it calls s->pulse(s->arg): when that returns false, the
 * file ends there.  Signals do not disturb it.  Returns NULL with errno.
 */
FILE *capstream_open(struct capstream *s, const char *path);

#endif
