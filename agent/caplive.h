/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture from one interface, as long as it takes. */
#ifndef AGENT_CAPLIVE_H_
#define AGENT_CAPLIVE_H_

#include <stdint.h>

#include "agent/cap.h"
#include "agent/iftab.h"
#include "agent/pkt.h"

/*
 * The kernel hands over a block of the TPACKET_V3 ring when it is full or
 * this old, so an idle interface wakes nobody.
 */
#define CAPLIVE_BLOCK_MS 50

typedef void caplive_fn(void *arg, const struct pkt_frame *f);

struct caplive;

/**
 * caplive_open(conf, index, emit, arg):
 * Open interface ${index} of ${conf}, waiting until it is there.  Returns
 * NULL after a message.
 */
struct caplive *caplive_open(
    const struct cap_conf *conf, size_t index, caplive_fn *emit, void *arg);

/**
 * caplive_start(c, loop, meters):
 * Hand over frames from ${loop}.  An interface that disappears is opened
 * again when it comes back.  ${meters} may be NULL.
 */
void caplive_start(
    struct caplive *c, struct ev_loop *loop, struct meterlog *meters);

/**
 * caplive_read(c):
 * Hand over what waits in the ring now.
 */
void caplive_read(struct caplive *c);

/**
 * caplive_stop(c):
 * Leave the loop: no frame is handed over any more.
 */
void caplive_stop(struct caplive *c);

/**
 * caplive_describe(c, tab):
 * Give the interface its place in ${tab}, before the first frame.
 */
void caplive_describe(struct caplive *c, struct iftab *tab);

/**
 * caplive_drops(c, ret_ring, ret_iface):
 * Add to both what was dropped since the last call, by a full ring and by
 * the interface or its driver.
 */
void caplive_drops(struct caplive *c, uint64_t *ret_ring, uint64_t *ret_iface);
void caplive_close(struct caplive *c);

#endif
