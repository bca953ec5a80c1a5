/* SPDX-License-Identifier: BSD-3-Clause */
/* Where outer packets go: to the monitor, or to a file. */
#ifndef AGENT_FWDOUT_H_
#define AGENT_FWDOUT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

/* An outer packet, or a fragment of it. */
struct fwdout_pkt {
	size_t caplen; /* octets of it that are there */
	size_t len;    /* and on the wire */
	wall_t time;   /* of the inner packet */
	size_t octets; /* of the inner packet */
	uint16_t port; /* the source port */
	bool last;     /* the only one, or the last fragment */
};

struct fwdout_type {
	/* Room for a packet of ${n} octets, until the next call. */
	uint8_t *(*room)(void *out, size_t n);
	/* Take the packet that was written there; -1 after a message. */
	int (*add)(void *out, const struct fwdout_pkt *p);
	/* Let nothing wait; -1 after a message. */
	int (*flush)(void *out);
	/* The longest IP packet that goes as a whole, 0 for any. */
	size_t (*mtu)(void *out);
	/* Flush, too; -1 after a message. */
	int (*close)(void *out);
};

#endif
