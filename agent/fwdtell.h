/* SPDX-License-Identifier: BSD-3-Clause */
/* The line that tells, on a terminal, how far forwarding has come. */
#ifndef AGENT_FWDTELL_H_
#define AGENT_FWDTELL_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define FWDTELL_LINE_MAX 128

/* What the line is made of. */
struct fwdtell {
	mono_t start;     /* of forwarding */
	mono_t last;      /* time of the last line, */
	uint64_t packets; /* and packets until then */
};

/* How far it is now. */
struct fwdtell_now {
	mono_t time;
	uint64_t packets, octets;
	uint64_t done, size; /* octets of the file; size 0: there is none */
};

/**
 * fwdtell_line(t, now, dst):
 * Write packets, octets and the rate since the last line to ${dst}, of a file
 * also how much of it is done, and the time that the rest takes at the mean
 * speed.  Remembers ${now}.  Returns ${dst}.
 */
char *fwdtell_line(struct fwdtell *t, const struct fwdtell_now *now,
    char dst[static FWDTELL_LINE_MAX]);

#endif
