/* SPDX-License-Identifier: BSD-3-Clause */
/* One resolver's connection: its stream is read as fast as it comes. */
#ifndef AGENT_TAPCONN_H_
#define AGENT_TAPCONN_H_

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/fstrm.h"
#include "agent/tapsink.h"
#include "base/net.h"

#define TAPCONN_NAME_MAX (NET_NAME_MAX + 32)

struct tapconn {
	LIST_ENTRY(tapconn) link;
	struct ev_loop *loop;
	struct tapsink *sink;
	int fd;      /* -1: over, to be freed */
	bool ending; /* STOP came, the answer is not sent yet */
	struct fstrm f;
	struct tapsink_source src;
	uint8_t *buf;
	size_t size, used;
	size_t sent; /* of the reply in .f */
	int polled;  /* events of .io */
	ev_io io;
	ev_timer timer; /* for the handshake, and for the end */
	char name[TAPCONN_NAME_MAX];
};

/**
 * tapconn_new(loop, sink, fd, data_max, name):
 * Read the stream of the connected socket ${fd}, now owned, in ${loop}.  It
 * is called ${name} (copied) in messages.  Returns NULL, with ${fd} still
 * open, without memory.
 */
struct tapconn *tapconn_new(struct ev_loop *loop, struct tapsink *sink, int fd,
    size_t data_max, const char *name);

/**
 * tapconn_over(c):
 * Return whether the connection is closed: remove and free it.
 */
bool tapconn_over(const struct tapconn *c);

/**
 * tapconn_end(c):
 * Read what there is already, and close.
 */
void tapconn_end(struct tapconn *c);

void tapconn_free(struct tapconn *c);

#endif
