/* SPDX-License-Identifier: BSD-3-Clause */
/* The file behind an output: opened by its name, known again, cut, gone. */
#ifndef BASE_OUTPATH_H_
#define BASE_OUTPATH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/mono.h"

struct outpath {
	char *name;   /* "-" is standard output */
	int fd;       /* -1: not open */
	bool is_file; /* regular; the rest means nothing for anything else */
	dev_t dev;
	ino_t ino;
	uint64_t length; /* octets that were written, by whomever */
	wall_t since;    /* when it began, or was last written by others */
};

/**
 * outpath_init(p, name):
 * Make ${p} the path ${name} (copied), not open.  Returns 0, or -1 with errno.
 */
int outpath_init(struct outpath *p, const char *name);
void outpath_done(struct outpath *p); /* close and free */

bool outpath_is_stdout(const struct outpath *p);

/**
 * outpath_open(p):
 * Open the file for appending, creating it with mode 0644; what was open is
 * closed then.  Returns 1 when it is another one than the last, 0 when it is
 * the same, -1 with errno and nothing changed.
 */
int outpath_open(struct outpath *p);

/**
 * outpath_close(p):
 * Close the file, but remember it.
 */
void outpath_close(struct outpath *p);

/**
 * outpath_forget(p):
 * Close the file; the next one is another one, even with the same number.
 */
void outpath_forget(struct outpath *p);

/**
 * outpath_is_removed(p):
 * Return whether the open file has no name any more.
 */
bool outpath_is_removed(const struct outpath *p);

/**
 * outpath_is_elsewhere(p):
 * Return whether the name stands for another file than the one opened last,
 * or for none.  False when that cannot be found out.
 */
bool outpath_is_elsewhere(const struct outpath *p);

/**
 * outpath_cut(p, n):
 * Cut the last ${n} octets off the file; .length does not have them.
 */
void outpath_cut(const struct outpath *p, size_t n);

/**
 * outpath_mend(p, max, begin):
 * Cut off a last line without end, as a killed writer can leave it, if it has
 * at most ${max} octets and begins with one of ${begin}.  Returns its octets;
 * 0 when there is none, or it cannot be told.
 */
size_t outpath_mend(struct outpath *p, size_t max, const char *begin);

/**
 * outpath_write(p, text, len):
 * Write ${len} octets to a regular file, all or none.  Returns 0, or -1 with
 * errno.
 */
int outpath_write(struct outpath *p, const char *text, size_t len);

#endif
