/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames of one stream, kept until collectors have what is in them. */
#ifndef AGENT_SPOOL_H_
#define AGENT_SPOOL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/spoolpos.h"
#include "wire/enc.h"
#include "wire/obs.h"

/*
 * Frames lie in groups: reading can begin at each of them, and they are
 * dropped as a whole, the oldest first, when the limit is reached.
 */
struct frame;
struct spool;
struct spoolstore;

/* How far somebody has read. */
struct spool_cursor {
	uint64_t group; /* of all there ever were */
	uint64_t off;
	struct spoolpos pos;  /* behind what was read */
	uint64_t had;         /* packets before this one cannot be lost */
	struct spoolpos lost; /* how many, and not yet told */
	uint64_t lost_first;  /* number of the first one of .lost.seq */
	bool is_blameless;    /* dropped before it came, or never kept */
};

/**
 * spool_new(store, limit):
 * Return a spool of at most ${limit} octets in the empty ${store}, which
 * becomes owned, also on failure.  NULL with errno on failure.
 */
struct spool *spool_new(struct spoolstore *store, size_t limit);

/**
 * spool_adopt(sp, f, begin):
 * The store of ${sp} is about to find ${f} behind its end; with ${begin}, it
 * can be read without those before it.  Returns false when ${f} has no place
 * in a stream, or for lack of memory.
 */
bool spool_adopt(struct spool *sp, const struct frame *f, bool begin);

/**
 * spool_start(sp, seq, dns):
 * The first records will have these numbers.
 */
void spool_start(struct spool *sp, uint64_t seq, uint64_t dns);

/**
 * spool_put(sp, b):
 * Keep the frame ${b}, if need be in the place of the oldest ones.  What
 * can be kept nowhere is lost: its readers are told so.
 */
void spool_put(struct spool *sp, const struct enc_block *b);

/**
 * spool_note(sp, data, len):
 * Keep the frame of ${len} octets at ${data}, which has no records, behind the
 * last one of the group that goes on; without one, or room, it is left out.
 */
void spool_note(struct spool *sp, const uint8_t *data, size_t len);

/**
 * spool_cut(sp):
 * The next frame can be read without those before it.
 */
void spool_cut(struct spool *sp);

/**
 * spool_wants_cut(sp):
 * Return whether it is time for a frame that begins a group.
 */
bool spool_wants_cut(const struct spool *sp);

/**
 * spool_seek(sp, ret_cur, seq, dns):
 * Let a reader begin who has all before the packet ${seq} and the DNS record
 * ${dns}: at the last group that surely holds what follows, or the first one.
 */
void spool_seek(const struct spool *sp, struct spool_cursor *ret_cur,
    uint64_t seq, uint64_t dns);

/**
 * spool_seek_end(sp, ret_cur):
 * Let a reader begin with the next frame; call spool_cut, too.
 */
void spool_seek_end(const struct spool *sp, struct spool_cursor *ret_cur);

/**
 * spool_read(sp, cur, dst, size):
 * Copy whole frames that follow to ${dst}.  Returns their octets, 0 when there
 * are none or the first one is larger than ${size}.  Before each call, tell the losses that
 * spool_owed finds.
 */
size_t spool_read(
    struct spool *sp, struct spool_cursor *cur, uint8_t *dst, size_t size);

/**
 * spool_owed(sp, cur, now, ret_o):
 * Take the next loss that a reader has to be told, as an observation of the time
 * ${now}.  Returns false when there is none.
 */
bool spool_owed(
    struct spool *sp, struct spool_cursor *cur, wall_t now, struct obs *ret_o);

/**
 * spool_lost(sp, cur, ret_seq, ret_dns):
 * Set ${ret_seq} to the packets lost and not yet told, ${ret_dns} to all DNS
 * records lost: their numbers tell.
 */
void spool_lost(const struct spool *sp, struct spool_cursor *cur,
    uint64_t *ret_seq, uint64_t *ret_dns);

/**
 * spool_lag(sp, cur):
 * Return how many octets ${cur} has not read.
 */
uint64_t spool_lag(const struct spool *sp, const struct spool_cursor *cur);

/**
 * spool_trim(sp, seq, dns):
 * Nobody needs what came before the packet ${seq} and the DNS record ${dns}.
 */
void spool_trim(struct spool *sp, uint64_t seq, uint64_t dns);

/**
 * spool_limit(sp, limit):
 * Keep at most ${limit} octets from now on: the latest ones.
 */
void spool_limit(struct spool *sp, size_t limit);

/**
 * spool_clear(sp):
 * Nobody needs any of it.
 */
void spool_clear(struct spool *sp);

/**
 * spool_pos(sp):
 * Return the place behind the last frame.
 */
const struct spoolpos *spool_pos(const struct spool *sp);

/**
 * spool_used(sp):
 * Return the octets that are kept.
 */
uint64_t spool_used(const struct spool *sp);

/**
 * spool_free(sp):
 * Close the store and free; NULL is fine.
 */
void spool_free(struct spool *sp);

#endif
