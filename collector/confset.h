/* SPDX-License-Identifier: BSD-3-Clause */
/* Settings of collector.conf that are no plain numbers or texts. */
#ifndef COLLECTOR_CONFSET_H_
#define COLLECTOR_CONFSET_H_

#include <stdbool.h>
#include <stdio.h>

struct conf;

/*
 * Set something in ${settings}, a struct conf, to ${value}.  Returns NULL, or
 * what is wrong (static text): the call of an opt_row.
 */
typedef const char *confset_fn(void *settings, const char *value);

/* One of two words each. */
confset_fn confset_text_format, confset_time_format, confset_expire,
    confset_dns_match;

/* These add to what was set before. */
confset_fn confset_allow, confset_own, confset_network, confset_map,
    confset_covered, confset_flow_ignore, confset_dns_ignore;

/**
 * confset_adds(set):
 * Return whether ${set} adds to what was set before.
 */
bool confset_adds(confset_fn *set);

/**
 * confset_print(c, fp):
 * Print what these have set as "SECTION.KEY = VALUE", one a line.
 */
void confset_print(const struct conf *c, FILE *fp);

#endif
