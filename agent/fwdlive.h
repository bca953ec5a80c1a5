/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole packets of one interface. */
#ifndef AGENT_FWDLIVE_H_
#define AGENT_FWDLIVE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/fwdown.h"
#include "agent/pkt.h"

struct fwdlive_conf {
	const char *iface;        /* or "any" */
	const char *filter;       /* pcap-filter(7), empty for all */
	const struct fwdown *own; /* what to leave out, NULL: nothing */
	size_t buffer;            /* octets of the ring */
	int snaplen;
	bool promisc;
};

typedef void fwdlive_fn(void *arg, const struct pkt_frame *f);

struct fwdlive;

/**
 * fwdlive_open(conf, emit, arg):
 * Open the interface of ${conf} (borrowed).  Returns NULL after a message.
 */
struct fwdlive *fwdlive_open(
    const struct fwdlive_conf *conf, fwdlive_fn *emit, void *arg);

/**
 * fwdlive_read(l):
 * Hand over what there is, up to some thousand packets, and return their
 * number.  An interface that disappears is opened again when it is back; that
 * is told.
 */
int fwdlive_read(struct fwdlive *l);

/**
 * fwdlive_wait(l, ms):
 * Wait so long for packets, or until a signal comes.
 */
void fwdlive_wait(struct fwdlive *l, int ms);

/**
 * fwdlive_drain(l):
 * At the end: hand over all packets up to now.
 */
void fwdlive_drain(struct fwdlive *l);

/**
 * fwdlive_drops(l, ring, iface):
 * Add to both what was dropped since the last call, by a full ring and by the
 * interface or its driver.
 */
void fwdlive_drops(struct fwdlive *l, uint64_t *ring, uint64_t *iface);
void fwdlive_close(struct fwdlive *l);

#endif
