/* SPDX-License-Identifier: BSD-3-Clause */
/* A v1 stream in memory: what an encoder sent, what a reader reported. */
#ifndef TESTS_UNIT_TAPE_H_
#define TESTS_UNIT_TAPE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/enc.h"
#include "wire/stream.h"

/* Octets, and where the frames in them begin. */
struct tape {
	uint8_t *data;
	size_t len, room;
	struct tape_frame {
		size_t at;
		struct enc_block b; /* .data is gone */
	} * frame;
	size_t n_frames;
};

/* What a reader reported. */
struct tape_seen {
	struct obs *obs;
	uint64_t *seq;
	size_t n, room;
	struct obs **copies; /* of DNS observations */
	size_t n_copies;
	uint32_t frame_max; /* of the last HELLO */
	size_t hellos, stats, times, byes;
	struct ctl_stats last_stats;
	unsigned int why;
	uint64_t bye_next;
	unsigned int ifaces;           /* told of */
	struct hello_iface last_iface; /* beyond HELLO */
};

extern const struct stream_ops tape_ops; /* with a struct tape_seen */

/**
 * tape_add(t, data, len):
 * Append octets.
 */
void tape_add(struct tape *t, const void *data, size_t len);

/**
 * tape_hello(t, par):
 * Append the HELLO of an agent with the parameters ${par}.
 */
void tape_hello(struct tape *t, const struct hello_params *par);

/**
 * tape_block(arg, b):
 * Append a frame: the enc_fn of an encoder whose argument is a struct tape.
 */
void tape_block(void *arg, const struct enc_block *b);

/**
 * tape_read(t, cut, ret_seen, ret_why):
 * Read ${t} in pieces of ${cut} octets (0: at once), each ending at a page that
 * cannot be read.  Returns NULL or the error, and in ${ret_seen} what came.
 */
const char *tape_read(const struct tape *t, size_t cut,
    struct tape_seen *ret_seen, enum ctl_bye *ret_why);

void tape_done(struct tape *t);
void tape_seen_done(struct tape_seen *s);

#endif
