/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the slot of a flow: the hash table that only an encoder needs. */
#ifndef WIRE_FLOWTAB_H_
#define WIRE_FLOWTAB_H_

#include <stdint.h>

#include "wire/dict.h"
#include "wire/obs.h"

struct flowtab;

/**
 * flowtab_new(d):
 * Return an empty table over the slots of ${d}, which outlives it, or NULL.
 */
struct flowtab *flowtab_new(struct dict *d);

/**
 * flowtab_reset(t):
 * Forget all flows: ${d} was reset.
 */
void flowtab_reset(struct flowtab *t);

/**
 * flowtab_get(t, k, has, ret_dir):
 * Return the slot of the flow of ${k} with the OBS_HAS_* bits ${has}, and in
 * ${ret_dir} the direction of ${k} in it.  Unknown: give it the slot that is
 * next by dict_add, with direction 0, and set ${ret_dir} to FLOWTAB_NEW.
 */
#define FLOWTAB_NEW 2
struct dict_slot *flowtab_get(struct flowtab *t, const struct obs_pkt *k,
    uint8_t has, unsigned int *ret_dir);

void flowtab_free(struct flowtab *t);

#endif
