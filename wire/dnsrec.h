/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS records to blocks: the payload of a DNS frame, PROTOCOL.md section 5.7. */
#ifndef WIRE_DNSREC_H_
#define WIRE_DNSREC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/obs.h"

/* The columns of a block, in their order. */
enum dnsrec_col {
	DNSREC_HEAD, /* an octet a record */
	DNSREC_TIME, /* a varint a record */
	DNSREC_NUM,  /* of an answer: names, addresses */
	DNSREC_WHO,  /* client, query type, code, where it came from */
	DNSREC_NAME, /* of a name: labels of its own, the rest of it */
	DNSREC_TEXT, /* strings behind their length */
	DNSREC_TTL,
	DNSREC_ADDR,
	DNSREC_COLS
};

/* The octet of DNSREC_HEAD; bit 7 is 0. */
#define DNSREC_WHAT   0x03 /* enum obs_dns_what */
#define DNSREC_SOURCE 0x04 /* conn and resolver follow */
#define DNSREC_RCODE  0x08 /* rcode follows: it is not 0 */
#define DNSREC_QTYPE  0x30 /* A, AAAA, or another, which follows */
#define DNSREC_AAAA   0x10
#define DNSREC_OTHER  0x20
#define DNSREC_TTLS   0x40 /* a TTL for each address, not one for all */
#define DNSREC_UNUSED 0x80

/* How many of each a block can refer to; later ones get no number. */
#define DNSREC_NAMES_MAX     4096 /* the root is the first */
#define DNSREC_CLIENTS_MAX   1024
#define DNSREC_RESOLVERS_MAX 64

/* References to clients and resolvers. */
#define DNSREC_REF_NONE 0
#define DNSREC_REF_NEW  1 /* it follows in DNSREC_TEXT */
#define DNSREC_REF      2 /* + number */

struct dnsrec;

/**
 * dnsrec_new(par, level):
 * Return an empty block for streams with the parameters ${par} (copied),
 * compressed at the zlib level ${level} (1..9).  150 to 250 KiB; NULL with
 * errno on failure.
 */
struct dnsrec *dnsrec_new(const struct hello_params *par, int level);

/**
 * dnsrec_valid(r):
 * Return whether ${r} is what wire/obs.h says: only that can be sent.
 */
bool dnsrec_valid(const struct obs_dns *r);

/**
 * dnsrec_add(d, o):
 * Add the DNS observation ${o}, copied.  Returns 1; 0 when the block is full:
 * finish it, then try again; -1 when ${o} can never be sent, for it is not
 * valid, larger than a frame, or there is no memory.
 */
int dnsrec_add(struct dnsrec *d, const struct obs *o);

/**
 * dnsrec_count(d):
 * Return the records in the block.
 */
unsigned int dnsrec_count(const struct dnsrec *d);

/**
 * dnsrec_finish(d, first, ret_len):
 * Make a DNS frame of the block, which has records and whose first one has
 * the number ${first}, and begin an empty block.  Returns the frame, borrowed
 * until the next call.
 */
const uint8_t *dnsrec_finish(struct dnsrec *d, uint64_t first, size_t *ret_len);

/**
 * dnsrec_level(d, level):
 * Use the zlib level ${level} from the next block on.
 */
void dnsrec_level(struct dnsrec *d, int level);

/**
 * dnsrec_free(d):
 * Free ${d}; NULL is fine.
 */
void dnsrec_free(struct dnsrec *d);

#endif
