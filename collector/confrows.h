/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the INI sections in collector.conf, one row each. */
#ifndef COLLECTOR_CONFROWS_H_
#define COLLECTOR_CONFROWS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/opt.h"

struct conf;

/* The settings they describe are a struct conf; names are SECTION.KEY. */
extern const struct opt_row confrows[];
extern const size_t confrows_n;

/**
 * confrows_many(row):
 * Return whether a file may set ${row} more than once.
 */
bool confrows_many(const struct opt_row *row);

/**
 * confrows_print(c, fp):
 * Print all settings as "SECTION.KEY = VALUE", one a line, passwords masked.
 */
void confrows_print(const struct conf *c, FILE *fp);

#endif
