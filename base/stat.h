/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters: one row makes the struct member, the dump and the manual table. */
#ifndef BASE_STAT_H_
#define BASE_STAT_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A program lists its counters once, as STAT(name, "help") lines in a header
 * of its own, and includes that list to make a struct of uint64_t members
 * and a table of struct stat_row.
 */
struct stat_row {
	const char *name;
	size_t offset; /* of the uint64_t */
	const char *help;
};

/**
 * stat_print(rows, n, counters, fp):
 * Print "name value", one a line, in the order of the rows.
 */
void stat_print(
    const struct stat_row *rows, size_t n, const void *counters, FILE *fp);

#endif
