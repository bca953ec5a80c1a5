/* SPDX-License-Identifier: BSD-3-Clause */
/* In which order a packet came to the places that saw it. */
#ifndef COLLECTOR_JOINPATH_H_
#define COLLECTOR_JOINPATH_H_

#include <stdbool.h>

#include "collector/join.h"

/**
 * joinpath_same(a, b):
 * Return whether both records are of one place: an interface, a role and a TTL.
 */
bool joinpath_same(const struct join_seen *a, const struct join_seen *b);

/**
 * joinpath_sort(seen, n):
 * Sort the ${n} <= JOIN_SEEN_MAX records of a packet by place along its path,
 * then by time.  TTL, roles and what each agent saw twice decide, and clocks only
 * where these do not.
 */
void joinpath_sort(struct join_seen *seen, unsigned int n);

#endif
