/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture in other network namespaces, nodes, as they come and go. */
#ifndef AGENT_CAPNODES_H_
#define AGENT_CAPNODES_H_

#include <stddef.h>

#include "agent/capns.h"

struct capnodes;

/**
 * capnodes_open(env, what, n):
 * Open all interfaces of the namespaces that the ${n} lists ${what} name, see
 * nsfind_open.  Both are borrowed.  Those that are not there are told, and
 * waited for once it runs.  Returns NULL after a message.
 */
struct capnodes *capnodes_open(
    struct capns_env *env, const char *const *what, size_t n);

/**
 * capnodes_start(c, loop, meters):
 * Hand over records from ${loop}, and follow what comes and goes.
 */
void capnodes_start(
    struct capnodes *c, struct ev_loop *loop, struct meterlog *meters);

/**
 * capnodes_each(c, fn):
 * Call ${fn} for each of them.  ${c} may be NULL.
 */
void capnodes_each(struct capnodes *c, void (*fn)(struct capns *n));

/**
 * capnodes_stop(c):
 * Let nothing come or go any more.
 */
void capnodes_stop(struct capnodes *c);
void capnodes_close(struct capnodes *c);

#endif
