/* SPDX-License-Identifier: BSD-3-Clause */
/* One address where datagrams are received, in bursts, with their times. */
#ifndef COLLECTOR_DNSSOCK_H_
#define COLLECTOR_DNSSOCK_H_

#include <stdint.h>

#include "base/net.h"
#include "wire/mono.h"

struct dnssock;
struct ev_loop;
struct meterlog;

struct dnssock_datagram {
	struct net_addr from;
	const char *data; /* during the call */
	size_t len;
	wall_t when; /* it arrived */
	mono_t now;  /* of this turn of the loop */
};

typedef void dnssock_fn(void *arg, const struct dnssock_datagram *d);

struct dnssock_count {
	uint64_t datagrams; /* received */
	uint64_t truncated; /* of these, cut by the system: not handed over */
	uint64_t dropped;   /* by the system: the buffer was full */
	uint64_t failed;    /* attempts to receive */
};

struct dnssock_conf {
	const char *text;  /* ADDR:PORT or [V6ADDR]:PORT */
	const char *iface; /* name or address, used for a group */
	size_t room;       /* octets of receive buffer */
};

/**
 * dnssock_open(loop, conf, take, arg):
 * Open a socket for what is sent to the address of ${conf} (borrowed).  Returns
 * NULL after a message.
 */
struct dnssock *dnssock_open(struct ev_loop *loop,
    const struct dnssock_conf *conf, dnssock_fn *take, void *arg);

/**
 * dnssock_start(s, meters):
 * Hand over datagrams from the loop; ${meters} (collector/timing.h) may be NULL.
 */
void dnssock_start(struct dnssock *s, struct meterlog *meters);

/**
 * dnssock_stop(s):
 * Hand over what has come already, then close the socket.
 */
void dnssock_stop(struct dnssock *s);

const struct dnssock_count *dnssock_count(const struct dnssock *s);

/**
 * dnssock_free(s):
 * Close and free; NULL is fine.
 */
void dnssock_free(struct dnssock *s);

#endif
