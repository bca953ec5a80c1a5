/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions of DNS clients that are not to be recorded. */
#ifndef COLLECTOR_MODELSKIP_H_
#define COLLECTOR_MODELSKIP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MODELSKIP_MAX 1024 /* patterns */

struct modelskip;

/**
 * modelskip_new():
 * Return an empty list, or NULL with errno.
 */
struct modelskip *modelskip_new(void);

/**
 * modelskip_add(s, text):
 * Add the pattern ${text} (copied).  Returns NULL, or what is wrong (static
 * text).
 */
const char *modelskip_add(struct modelskip *s, const char *text);

/**
 * modelskip_seal(s, substring):
 * Choose what patterns mean: parts of the text of a question, or else domains,
 * whose names may begin with a dot.  Returns NULL, or the first pattern that
 * is no domain name.
 */
const char *modelskip_seal(struct modelskip *s, bool substring);

/**
 * modelskip_has(s, name, text, len):
 * Return whether the question ${name}, in lower case, is to be left out: its
 * text of ${len} octets has a pattern in it, or it is, or is below, one of the
 * domains.
 */
bool modelskip_has(const struct modelskip *s, const uint8_t *name,
    const char *text, size_t len);

/**
 * modelskip_print(s, fp):
 * Print the patterns as lines "dns.ignore = PATTERN".
 */
void modelskip_print(const struct modelskip *s, FILE *fp);

/**
 * modelskip_free(s):
 * Free ${s}; NULL is fine.
 */
void modelskip_free(struct modelskip *s);

#endif
