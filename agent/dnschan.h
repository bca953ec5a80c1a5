/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON datagrams of the old DNS agent: one socket, or standard output. */
#ifndef AGENT_DNSCHAN_H_
#define AGENT_DNSCHAN_H_

#include <stdbool.h>
#include <stdint.h>

#include "base/meterlog.h"
#include "wire/obs.h"

struct ev_loop;
struct dnschan;

#define DNSCHAN_STDOUT "stdout"

struct dnschan_conf {
	const char *to;    /* ADDR:PORT, [V6ADDR]:PORT or DNSCHAN_STDOUT */
	const char *iface; /* name or address, for a group alone */
	int ttl;           /* for a group, 0..255 */
	bool loop;         /* for a group: members on this host get it, too */
};

/**
 * dnschan_open(conf):
 * Return a channel to where ${conf} says, or NULL after a message.
 */
struct dnschan *dnschan_open(const struct dnschan_conf *conf);

/**
 * dnschan_start(c, loop, meters):
 * From now on what standard output gets is written before ${loop} waits.
 * NULL for ${c} or ${meters} is fine.
 */
void dnschan_start(
    struct dnschan *c, struct ev_loop *loop, struct meterlog *meters);

/**
 * dnschan_put(c, d):
 * Send the datagrams of ${d} (dnsjson_put), numbered from 1 on.  Never blocks
 * on the network, never fails: what cannot be sent is lost and counted.
 */
void dnschan_put(struct dnschan *c, const struct obs_dns *d);

/**
 * dnschan_sent(c), dnschan_lost(c), dnschan_waiting(c):
 * Return how many datagrams left, were lost, wait for standard output.  NULL
 * is fine.
 */
uint64_t dnschan_sent(const struct dnschan *c);
uint64_t dnschan_lost(const struct dnschan *c);
uint64_t dnschan_waiting(const struct dnschan *c);

/**
 * dnschan_stop(c):
 * End what dnschan_start began; NULL is fine.
 */
void dnschan_stop(struct dnschan *c);

/**
 * dnschan_close(c):
 * Write what waits, close and free; NULL is fine.  Returns 0, or -1 when
 * standard output did not take all.
 */
int dnschan_close(struct dnschan *c);

#endif
