/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per option: the same rows parse the command line and a file. */
#ifndef BASE_OPT_H_
#define BASE_OPT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OPT_ERR_MAX 512 /* octets of a message, with the final 0 */

enum opt_type {
	OPT_FLAG, /* bool, no argument (file: yes|no|true|false|1|0) */
	OPT_INT,  /* long, min..max */
	OPT_SIZE, /* long, min..max octets, suffix K M G (1024) */
	OPT_STR, /* const char *, borrowed from argv or strdup'ed from a file */
	OPT_LIST, /* struct opt_list, each use appends */
	OPT_CALL  /* .call decides */
};

struct opt_list {
	const char **item;
	size_t n;
};

struct opt_row {
	const char *name; /* long option, and key of a file: "section.key" */
	int letter;       /* short option, 0 none */
	enum opt_type type;
	size_t offset; /* of the member in the settings struct */
	long min, max;
	const char *arg;  /* name of the argument in the help text */
	const char *def;  /* default, as text; NULL: none */
	const char *help; /* one line */
	/* OPT_CALL: returns NULL, or what is wrong (static text) */
	const char *(*call)(void *settings, const char *value);
};

/**
 * opt_defaults(rows, n, settings):
 * Set every member that has a default.
 */
void opt_defaults(const struct opt_row *rows, size_t n, void *settings);

/**
 * opt_find(rows, n, name):
 * Return the row of the option ${name}, NULL when there is none.
 */
const struct opt_row *opt_find(
    const struct opt_row *rows, size_t n, const char *name);

/**
 * opt_set(rows, n, settings, name, value, ret_err):
 * Set the option ${name} to ${value} (NULL for a flag).  Returns 0; -1 with
 * a message in ${ret_err} that names option and value.
 */
int opt_set(const struct opt_row *rows, size_t n, void *settings,
    const char *name, const char *value, char ret_err[static OPT_ERR_MAX]);

/**
 * opt_args(rows, n, settings, argc, argv):
 * Parse a command line with getopt_long(3), names in full.  Returns the index
 * of the first operand, or -1 after a message on standard error.
 */
int opt_args(const struct opt_row *rows, size_t n, void *settings, int argc,
    char **argv);

/**
 * opt_help(rows, n, fp):
 * Print one line per option: names, argument, help, default.
 */
void opt_help(const struct opt_row *rows, size_t n, FILE *fp);

/**
 * opt_print(rows, n, settings, fp):
 * Print the effective configuration as "name = value", one a line; what
 * is secret (name ends in "password") prints as "***".
 */
void opt_print(
    const struct opt_row *rows, size_t n, const void *settings, FILE *fp);

/**
 * opt_done(rows, n, settings):
 * Free the lists and strings that parsing allocated.
 */
void opt_done(const struct opt_row *rows, size_t n, void *settings);

#endif
