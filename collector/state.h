/* SPDX-License-Identifier: BSD-3-Clause */
/* The directory of --state: who this collector is, and whose streams it had. */
#ifndef COLLECTOR_STATE_H_
#define COLLECTOR_STATE_H_

#include <stdbool.h>
#include <stdint.h>

#include "collector/position.h"
#include "collector/sink.h"

#define STATE_STREAMS 10000 /* remembered; the longest unheard make way */

struct state;

/**
 * state_open(dir, sync):
 * Open the state in ${dir}, which is made if need be, for this process alone;
 * with ${sync}, wait for the disk whenever something is written.  Returns NULL
 * after a message.
 */
struct state *state_open(const char *dir, bool sync);

/**
 * state_keep(st):
 * Return what outputs need to remember, valid until state_close.
 */
const struct sink_keep *state_keep(const struct state *st);

/**
 * state_stream(st, addr):
 * Return where the stream begins for us that the agent at ${addr} had last, or
 * NULL.
 */
const struct position *state_stream(const struct state *st, const char *addr);

/**
 * state_start(st, id):
 * Return where the stream ${id} begins for us, NULL if it is unknown.
 */
const struct position *state_start(
    const struct state *st, const uint8_t id[static POSITION_ID]);

/**
 * state_host(st, id):
 * Return the number of the host whose stream ${id} was, 0 if that is unknown.
 */
unsigned int state_host(
    const struct state *st, const uint8_t id[static POSITION_ID]);

/**
 * state_top(st):
 * Return the highest number of a host with a stream, 0 without any.
 */
unsigned int state_top(const struct state *st);

/**
 * state_note(st, start, host, addr):
 * The agent at ${addr}, with the number ${host}, has the stream that begins for
 * us at ${start}; if that is known, it began where it did.
 */
void state_note(struct state *st, const struct position *start,
    unsigned int host, const char *addr);

/**
 * state_close(st):
 * NULL is fine.
 */
void state_close(struct state *st);

#endif
