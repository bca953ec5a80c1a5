/* SPDX-License-Identifier: BSD-3-Clause */
/* dnstap: resolvers that connect, or stored streams; observations out. */
#ifndef AGENT_TAP_H_
#define AGENT_TAP_H_

#include <stddef.h>

#include "agent/count.h"
#include "agent/dnsdup.h"
#include "agent/taplisten.h"
#include "agent/tapsink.h"

struct ev_loop;
struct meterlog;

struct tap_conf {
	const char *const *where; /* sockets to listen at */
	size_t n_where;
	struct local_perm perm;
	unsigned int max_conns;
	const char *const *file; /* or files to read */
	size_t n_files;
	size_t frame_max; /* octets of a data frame */
	bool old;         /* accept what the old agent did */
	enum dnsdup_mode dup;
	int64_t dup_ns;
};

struct tap;

/**
 * tap_open(conf, count, emit, arg):
 * Open all sockets and files of ${conf} (borrowed until tap_close).  Counts
 * in ${count}; hands observations to ${emit}.  Returns NULL after a message.
 */
struct tap *tap_open(const struct tap_conf *conf, struct count *count,
    tapsink_fn *emit, void *arg);

/**
 * tap_start(t, loop, meters):
 * Accept connections in ${loop} and read them as they come.  ${meters}
 * (agent/timing.h) may be NULL.
 */
void tap_start(struct tap *t, struct ev_loop *loop, struct meterlog *meters);

/**
 * tap_tick(t):
 * Call once a second with sockets: say that the connections are alive.
 */
void tap_tick(struct tap *t);

/**
 * tap_read(t, max):
 * Files: hand on up to ${max} frames; see tapfile_read.  Without files it
 * returns 0.
 */
int tap_read(struct tap *t, unsigned int max);

/**
 * tap_peek(t, ret_time):
 * Files: see tapfile_peek.  Without files it returns 0.
 */
int tap_peek(struct tap *t, wall_t *ret_time);

/**
 * tap_end(t):
 * No more: connections are read as far as there is something, and end.
 */
void tap_end(struct tap *t);

/**
 * tap_close(t):
 * Close everything, remove the sockets; NULL is fine.  Hands on nothing.
 */
void tap_close(struct tap *t);

#endif
