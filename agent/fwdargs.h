/* SPDX-License-Identifier: BSD-3-Clause */
/* Command lines as programs in Go read them. */
#ifndef AGENT_FWDARGS_H_
#define AGENT_FWDARGS_H_

#include <stdbool.h>
#include <stdint.h>

#define FWDARGS_NAME_MAX 64

/* A walk along a command line. */
struct fwdargs {
	char **argv;
	int argc;
	int at; /* the next word */
	char name[FWDARGS_NAME_MAX];
	const char *value; /* NULL: there was none */
};

enum fwdargs_verdict {
	FWDARGS_OPTION, /* name, and with "=" its value */
	FWDARGS_END,    /* at is the first operand */
	FWDARGS_BAD     /* the word before at is no option */
};

/**
 * fwdargs_next(a):
 * Read the next option: -name or --name, with =value or without.  The first
 * word without a dash ends them, and so do "-" (an operand) and "--".
 */
enum fwdargs_verdict fwdargs_next(struct fwdargs *a);

/**
 * fwdargs_value(a):
 * Return the value of the option just read: what followed "=", or the next
 * word, which is used up; NULL when there is none.
 */
const char *fwdargs_value(struct fwdargs *a);

/**
 * fwdargs_bool(ret, text):
 * Read 1 t T true TRUE True, 0 f F false FALSE False.  Returns 0, or -1.
 */
int fwdargs_bool(bool *ret, const char *text);

/**
 * fwdargs_duration(ret_ns, text):
 * Read a duration, not negative: numbers with units (ns us ms s m h), as
 * "1.5s" or "1m30s", or "0".  Returns 0, or -1.
 */
int fwdargs_duration(int64_t *ret_ns, const char *text);

#endif
