/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture from one interface, as long as it takes. */
#ifndef AGENT_CAPLIVE_H_
#define AGENT_CAPLIVE_H_

#include <stddef.h>
#include <stdint.h>

#include "agent/capif.h"

struct caplive;

/**
 * caplive_new(env, name, index):
 * Make one for the interface that capif_init is given; it is not open yet.
 * Returns NULL with errno.
 */
struct caplive *caplive_new(
    const struct capif_env *env, const char *name, int index);

#define CAPLIVE_BATCH 64

/**
 * caplive_open(list, n, ret_result):
 * Open the ${n} of ${list}, at most CAPLIVE_BATCH, together: as the kernel makes
 * each wait, that takes little longer than one alone.  ${ret_result} are those of capif_finish.
 */
void caplive_open(struct caplive *const *list, size_t n, int *ret_result);

/**
 * caplive_dev(c):
 * Return the interface.
 */
const struct capif *caplive_dev(const struct caplive *c);

/**
 * caplive_start(c, loop, meters):
 * Hand over frames from ${loop}.  What is not open, or is lost, is tried again
 * and again.  ${meters} may be NULL.
 */
void caplive_start(
    struct caplive *c, struct ev_loop *loop, struct meterlog *meters);

/**
 * caplive_update(c):
 * Something has changed in what its environment points to: new records carry
 * the new names, and pass the new filter.
 */
void caplive_update(struct caplive *c);

/**
 * caplive_read(c):
 * Hand over what waits in the ring now.
 */
void caplive_read(struct caplive *c);

/**
 * caplive_sweep(c):
 * The same, for a moment; call it every few seconds, should the descriptor
 * ever miss a block.
 */
void caplive_sweep(struct caplive *c);

/**
 * caplive_halt(c):
 * Take in nothing more; what waits in the ring can still be read.
 */
void caplive_halt(struct caplive *c);

/**
 * caplive_stop(c):
 * Leave the loop: no frame is handed over any more.
 */
void caplive_stop(struct caplive *c);

/**
 * caplive_drops(c, ret_ring, ret_iface):
 * As capif_drops.
 */
void caplive_drops(struct caplive *c, uint64_t *ret_ring, uint64_t *ret_iface);

/**
 * caplive_close(c):
 * Free ${c}.  Returns what is still open of it, for capdev_close, or NULL.
 */
pcap_t *caplive_close(struct caplive *c);

#endif
