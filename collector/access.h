/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may be an agent: the settings of file and command line together. */
#ifndef COLLECTOR_ACCESS_H_
#define COLLECTOR_ACCESS_H_

#include <stdint.h>
#include <stdio.h>

#include "base/gate.h"
#include "collector/conf.h"
#include "collector/opts.h"

struct access {
	struct gate gate;
	uint64_t not_allowed, no_tls, tls_failed;
};

/**
 * access_open(a, o, c):
 * Load what TLS needs; of a key, ${o} goes before ${c}, their networks are
 * added.  ${a} must not move.  Returns 0, or -1 after a message; access_done
 * must follow in both cases.
 */
int access_open(struct access *a, const struct opts *o, const struct conf *c);

/**
 * access_print(a, fp):
 * Print how many agents were turned away, and why.
 */
void access_print(const struct access *a, FILE *fp);

void access_done(struct access *a);

#endif
