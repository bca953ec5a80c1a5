/* SPDX-License-Identifier: BSD-3-Clause */
/* Rotation of logs: when, under which name, and what the last line says. */
#ifndef BASE_ROTATE_H_
#define BASE_ROTATE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define ROTATE_PATH_MAX   4096  /* PATH_MAX, with the final 0 */
#define ROTATE_STAMP_LEN  16    /* YYYYMMDDTHHMMSSZ */
#define ROTATE_SERIAL_MAX 99999 /* files closed in one second */
#define ROTATE_FOOTER_MAX 128
#define ROTATE_SIZE_MIN   4096 /* octets, unless 0 */

/* What an operator asks for. */
struct rotate {
	long size;  /* octets from which on a file is closed; 0: any */
	long every; /* seconds, multiples of which end files; 0: never */
	long keep;  /* closed files that are kept; 0: all */
	bool gzip;  /* compress closed files */
	/* Called after a file was closed under its new name, unless NULL. */
	void (*closed)(void *arg);
	void *arg;
};

/* Records of a file, and the numbers of the first and the last of them. */
struct rotate_range {
	uint64_t n, first, last; /* the others mean nothing while .n is 0 */
};

/* Which name was given last; all 0 at first. */
struct rotate_last {
	int64_t second;
	unsigned int serial;
};

/**
 * rotate_check(r):
 * Return what is wrong with the settings ${r}, static text, or NULL.
 */
const char *rotate_check(const struct rotate *r);

/**
 * rotate_wanted(r):
 * Return whether files are rotated at all.
 */
bool rotate_wanted(const struct rotate *r);

/**
 * rotate_due(r, since, now):
 * Return whether a multiple of ${r}->every lies between the two times of the
 * clock, whichever is the earlier one.
 */
bool rotate_due(const struct rotate *r, wall_t since, wall_t now);

/**
 * rotate_stamp(dst, t):
 * Write the second of ${t} in UTC as YYYYMMDDTHHMMSSZ to ${dst}.  Returns 0,
 * or -1 with errno when the year has not four digits.
 */
int rotate_stamp(char dst[static ROTATE_STAMP_LEN + 1], wall_t t);

/**
 * rotate_rename(ret_closed, path, now, last):
 * Rename ${path} to ${path}.STAMP, STAMP being ${now} in UTC, followed by .2,
 * .3 and so on when that name, or that name with .gz, is in use.  Returns 0,
 * or -1 with errno; EEXIST when all names are taken.
 */
int rotate_rename(char ret_closed[static ROTATE_PATH_MAX], const char *path,
    wall_t now, struct rotate_last *last);

/**
 * rotate_add(to, more):
 * Add the records ${more}, which follow those of ${to}.
 */
void rotate_add(struct rotate_range *to, const struct rotate_range *more);

/**
 * rotate_footer(dst, range, numbers):
 * Write the last line of a closed file, newline included, to ${dst}: how many
 * records it has and, with ${numbers}, which.  Returns its octets.
 */
size_t rotate_footer(char dst[static ROTATE_FOOTER_MAX],
    const struct rotate_range *range, bool numbers);

/* The kinds of files that rotation leaves in a directory. */
enum rotate_kind {
	ROTATE_NONE,  /* none of them */
	ROTATE_PLAIN, /* LOG.STAMP, LOG.STAMP.2, ... */
	ROTATE_GZ,    /* the same with .gz */
	ROTATE_TMP    /* the same with .gz.tmp: unfinished */
};

/**
 * rotate_kind(ret_age, name, base):
 * Return what the file ${name} is to the log ${base}, both without directory.
 * ${ret_age} becomes a number that is smaller for files closed earlier.
 */
enum rotate_kind rotate_kind(
    uint64_t *ret_age, const char *name, const char *base);

#endif
