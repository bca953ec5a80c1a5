/* SPDX-License-Identifier: BSD-3-Clause */
/* Columns to packet records: the inverse of pack, for hostile input. */
#ifndef WIRE_UNPACK_H_
#define WIRE_UNPACK_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/obs.h"
#include "wire/pack.h"

struct unpack;

/**
 * unpack_new(par):
 * Return an unpacker for streams with the parameters ${par}, or NULL.
 */
struct unpack *unpack_new(const struct hello_params *par);

/**
 * unpack_reset(u, base):
 * Forget all flows: the state at a KEY block with the base time ${base}.
 */
void unpack_reset(struct unpack *u, wall_t base);

/* A block as it came: nothing in it is trusted. */
struct unpack_in {
	unsigned int count;    /* 1..PACK_RECORDS_MAX */
	unsigned int messages; /* MGEN headers in it */
	struct pack_span cols; /* all columns, inflated */
	struct pack_span raw;
};

/**
 * unpack(u, ret_o, in):
 * Turn the block ${in} into in->count records at ${ret_o}.  Returns 0, or -1
 * when the columns contradict themselves or are not used up exactly; ${u}
 * then needs a reset, and ${ret_o} holds nothing of value.
 */
int unpack(struct unpack *u, struct obs *ret_o, const struct unpack_in *in);
void unpack_free(struct unpack *u);

#endif
