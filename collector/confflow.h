/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of the section [flows]: networks, mapping rules, ends. */
#ifndef COLLECTOR_CONFFLOW_H_
#define COLLECTOR_CONFFLOW_H_

#include <stddef.h>

struct flowmap;
struct modelnet;

/**
 * confflow_nets(nets, n, value):
 * Append the networks in ${value}, "CIDR, CIDR ...", to the ${n} at ${nets}, which
 * are reallocated.  Returns NULL, or what is wrong (static text).
 */
const char *confflow_nets(struct modelnet **nets, size_t *n, const char *value);

/**
 * confflow_X(m, value):
 * Add what ${value} says to ${m}: own networks, "CIDR, CIDR ..."; a network,
 * "NAME CIDR|own ..."; a rule, "FROM TO ACTION [ARGUMENT ...]"; ends to
 * ignore, "ADDRESS:PORT, ...", IPv6 addresses in brackets.  Returns NULL, or
 * what is wrong (static text).
 */
const char *confflow_own(struct flowmap *m, const char *value);
const char *confflow_network(struct flowmap *m, const char *value);
const char *confflow_map(struct flowmap *m, const char *value);
const char *confflow_ignore(struct flowmap *m, const char *value);

#endif
