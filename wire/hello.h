/* SPDX-License-Identifier: BSD-3-Clause */
/* HELLO: what the two ends of a v1 stream agree on. */
#ifndef WIRE_HELLO_H_
#define WIRE_HELLO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/line.h"
#include "wire/mono.h"

#define HELLO_MAGIC         "\xF0PMS\r\n\x1a\n"
#define HELLO_MAGIC_LEN     8
#define HELLO_MAX           4096 /* octets, all included */
#define HELLO_NAME_MAX      64
#define HELLO_IFACE_MAX     64   /* that a HELLO holds */
#define HELLO_STREAM_IFACES 4096 /* of a stream; the last is "more" */
#define HELLO_FILTER_MAX    48

/* Optional members of a packet record; the others are always sent. */
enum hello_field {
	HELLO_FIELD_TCP_FLAGS = 0x001,
	HELLO_FIELD_TTL = 0x002,
	HELLO_FIELD_TOS = 0x004,
	HELLO_FIELD_VLAN = 0x008,
	HELLO_FIELD_IFACE = 0x010,
	HELLO_FIELD_ROLE = 0x020,
	HELLO_FIELD_FRAG = 0x040,
	HELLO_FIELD_ICMP = 0x080,
	HELLO_FIELD_QUOTE = 0x100,
	HELLO_FIELD_MSG = 0x200, /* MGEN sequence and transmit time */
	HELLO_FIELD_DIGEST = 0x400,
	HELLO_FIELD_ALL = 0x7ff,
	/* the default: all that costs little; the digest is asked for */
	HELLO_FIELD_DEFAULT = 0x3ff
};

/* What is sent beyond packets; the collector offers, the agent chooses. */
enum hello_cap {
	HELLO_CAP_DNS = 0x1, /* DNS records */
	HELLO_CAP_ALL = 0x1
};

enum hello_codec { HELLO_CODEC_STORED = 0, HELLO_CODEC_DEFLATE = 1 };

/* How packets are coded; the collector offers, the agent answers. */
struct hello_params {
	uint8_t codec;       /* enum hello_codec */
	uint8_t wbits;       /* deflate window, 9..15 */
	uint8_t slots_log2;  /* flow slots, 6..13 */
	uint8_t tick_exp;    /* 10^tick_exp ns a tick: 0 ns, 3 us, 6 ms */
	uint16_t block;      /* records a block, 1..8192 */
	uint16_t latency_ms; /* 10..60000 */
	uint32_t frame_max;  /* payload octets, 4096..FRAME_MAX */
	uint32_t fields;     /* HELLO_FIELD_* */
	uint32_t caps;       /* HELLO_CAP_* */
	uint32_t digest_max; /* larger digests are left out */
};

struct hello_iface {
	char name[LINE_IFNAME_MAX];
	char node[HELLO_NAME_MAX]; /* whose it is; "": the agent's own */
	uint16_t linktype;         /* LINKTYPE_* of pcap files */
	char filter[HELLO_FILTER_MAX];
};

struct hello {
	uint8_t major, minor;
	bool from_agent; /* answers and names streams; else offers */
	struct hello_params par;
	char node[HELLO_NAME_MAX]; /* chosen name of the sender, may be empty */

	/* From a collector: resume there.  From an agent: this stream. */
	bool has_stream;
	uint8_t stream_id[16]; /* random per capture start */
	uint64_t seq; /* collector: next wanted; agent: first it will send */

	/* From an agent only. */
	uint64_t dns_seq; /* the same of DNS records, with HELLO_CAP_DNS */
	char host[HELLO_NAME_MAX];
	char version[HELLO_NAME_MAX];
	wall_t wall;     /* clock of the agent, when it wrote this */
	int64_t boot_ns; /* CLOCK_BOOTTIME at the same moment */
	unsigned int n_ifaces;
	struct hello_iface iface[HELLO_IFACE_MAX]; /* .node is "" */
};

/**
 * hello_default(ret_h, from_agent):
 * Fill ${ret_h} with the default parameters, which have no capabilities, and
 * empty names.
 */
void hello_default(struct hello *ret_h, bool from_agent);

/**
 * hello_text(dst, room, src, len):
 * Copy the ${len} octets at ${src} to ${dst}, a text of ${room} octets with its
 * final 0: cut to fit, with ? for control characters, and 0 up to its end.
 */
void hello_text(char *dst, size_t room, const void *src, size_t len);

/**
 * hello_no_colon(text):
 * Replace each ':' by ?: ${text} will stand between those of a text line.
 */
void hello_no_colon(char *text);

/**
 * hello_fit(i, n):
 * Return how many of the ${n} interfaces at ${i}, from the first on, are for
 * HELLO: they have no node and are few and short enough.  The others are
 * told by frames (wire/ifaces.h).
 */
unsigned int hello_fit(const struct hello_iface *i, unsigned int n);

/**
 * hello_put(dst, h):
 * Write ${h}: magic, version, length, TLVs, CRC-32.  Interfaces that do not
 * fit (more than hello_fit says) are left out from the end.  Returns the octets
 * written, <= HELLO_MAX.
 */
size_t hello_put(uint8_t dst[static HELLO_MAX], const struct hello *h);

/**
 * hello_get(ret_h, buf, len):
 * Read a HELLO.  Returns the octets used; 0 when more are needed; -1 when it
 * can never become valid (magic, length, CRC, value out of range); -2 when
 * it is well formed but not for us (major version, unknown critical TLV):
 * answer BYE(unsupported).
 */
int hello_get(struct hello *ret_h, const uint8_t *buf, size_t len);

/**
 * hello_answer(ret_h, offer, mine):
 * Set ret_h->par to what an agent with the settings ${mine} answers to
 * ${offer}: the smaller of the limits, the fields and capabilities of both, the coarser tick, the
 * latency that was asked for, and blocks that fit a frame.
 */
void hello_answer(struct hello *ret_h, const struct hello *offer,
    const struct hello_params *mine);

#endif
