/* SPDX-License-Identifier: BSD-3-Clause */
/* Packet records to columns: what deflate then makes small. */
#ifndef WIRE_PACK_H_
#define WIRE_PACK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/obs.h"

#define PACK_RECORDS_MAX 8192
#define PACK_RECORD_MAX  128 /* octets in all columns, at most */

/* The columns of a block in the order of the wire; see PROTOCOL.md. */
enum pack_col {
	PACK_TOKEN,
	PACK_TIME,
	PACK_LEN_HI,
	PACK_LEN_LO,
	PACK_FLAGS,
	PACK_MARKS,
	PACK_LONG_HI,
	PACK_LONG_LO,
	PACK_TTL,
	PACK_TOS,
	PACK_RANK,
	PACK_SLOT_HI,
	PACK_SLOT_LO,
	PACK_KIND,
	PACK_PROTO,
	PACK_SRC,
	PACK_DST,
	PACK_SPORT_HI,
	PACK_SPORT_LO,
	PACK_DPORT_HI,
	PACK_DPORT_LO,
	PACK_MGEN_0,
	PACK_MGEN_1,
	PACK_MGEN_2,
	PACK_MGEN_3,
	PACK_ICMP_TYPE,
	PACK_ICMP_CODE,
	PACK_VLAN_HI,
	PACK_VLAN_LO,
	PACK_IFACE,
	PACK_IFACE_HI,
	PACK_ROLE,
	PACK_V4_0,
	PACK_V4_1,
	PACK_V6,
	PACK_LAG,
	PACK_SEQ,
	PACK_QUOTE,
	PACK_COLS
};

/* High nibble of a token: which flow; an even rank x 2 + direction below. */
enum {
	PACK_FLOW_RANK = 12, /* a rank octet: rank | direction << 6 */
	PACK_FLOW_SLOT = 13, /* a slot number | direction << 15 */
	PACK_FLOW_NEW = 14   /* a definition; direction 0 */
};

/* Low nibble: below 4 a recent shape; else these bits. */
enum {
	PACK_SHAPE_TTL = 0x4, /* with a recent shape: TTL and ToS follow */
	PACK_SHAPE_NEW = 0x8, /* the length follows, and with these bits */
	PACK_SHAPE_FLAGS = 0x1,
	PACK_SHAPE_NEW_TTL = 0x2,
	PACK_SHAPE_MARKS = 0x4
};

/* Octet PACK_KIND of a definition. */
enum {
	PACK_KIND_V6 = 0x01,
	PACK_KIND_HAS_SHIFT = 1, /* PORTS, ICMP, MGEN as in obs_pkt.has */
	PACK_KIND_VLAN = 0x10,
	PACK_KIND_IFACE = 0x20,
	PACK_KIND_ROLE = 0x40,
	PACK_KIND_IFACE_HI = 0x80 /* with IFACE: it is over 255 */
};

/* First octet of a quoted flow: what follows; else it mirrors the packet. */
enum {
	PACK_QUOTE_SRC = 0x1, /* differs from the packet's destination */
	PACK_QUOTE_DST = 0x2, /* differs from the packet's source */
	PACK_QUOTE_RESERVED = 0xfc
};

#define PACK_ESCAPE      255 /* a zigzag of 64 raw bits instead */
#define PACK_NUMBER_BITS 40  /* values from 2^40 on are escaped */

struct pack_span {
	const uint8_t *data;
	size_t len;
};

/* A finished block; borrowed until the next call. */
struct pack_out {
	unsigned int count;
	unsigned int messages; /* MGEN headers in it */
	struct pack_span col[PACK_COLS];
	struct pack_span raw;
};

struct pack;

/**
 * pack_new(par):
 * Return a packer for blocks of par->block records, or NULL.  Uses slots_log2,
 * tick_exp, block and fields.  Start it with pack_reset.
 */
struct pack *pack_new(const struct hello_params *par);

/**
 * pack_room(par):
 * Return the octets that the columns and raw bits of a block of ${par} can
 * fill at most.
 */
size_t pack_room(const struct hello_params *par);

/**
 * pack_reset(p, base):
 * Forget all flows: the state at a KEY block with the base time ${base}.
 */
void pack_reset(struct pack *p, wall_t base);

/**
 * pack_add(p, o):
 * Add the packet ${o}.  Members whose field was not negotiated are left out.
 * Returns false, with nothing changed, when the block is full.
 */
bool pack_add(struct pack *p, const struct obs *o);

unsigned int pack_count(const struct pack *p);

/**
 * pack_finish(p, ret_out):
 * End the block and show its columns.
 */
void pack_finish(struct pack *p, struct pack_out *ret_out);

/**
 * pack_clear(p):
 * Empty the columns for the next block; flows are kept.
 */
void pack_clear(struct pack *p);
void pack_free(struct pack *p);

/**
 * pack_tick(tick_exp):
 * Return the nanoseconds in a tick: 10^${tick_exp}.
 */
int64_t pack_tick(unsigned int tick_exp);

#endif
