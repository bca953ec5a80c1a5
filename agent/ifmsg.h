/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel's messages about interfaces say: rtnetlink(7). */
#ifndef AGENT_IFMSG_H_
#define AGENT_IFMSG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IFMSG_NAME_MAX    16 /* octets of a name, with the final 0 */
#define IFMSG_REQUEST_MAX 40 /* octets of what ifmsg_request writes */

enum ifmsg_kind {
	IFMSG_OTHER, /* nothing that matters here */
	IFMSG_LINK,  /* an interface: all but the addresses are set */
	IFMSG_ADDR,  /* an address of one: .index and the addresses are */
	IFMSG_STATS, /* its counters: .index and .missed are */
	IFMSG_DONE,  /* the end of what was asked for */
	IFMSG_ERROR  /* .error says why there is no answer */
};

struct ifmsg {
	enum ifmsg_kind kind;
	uint32_t seq;     /* of the question that this answers; 0: none */
	bool interrupted; /* what was asked for changed meanwhile */
	int error;        /* errno(3) */

	int index; /* of the interface */
	char name[IFMSG_NAME_MAX];
	bool up, loopback, has_mac;
	uint16_t hwtype; /* ARPHRD_* */
	uint8_t mac[6];
	uint64_t missed; /* packets that it or its driver dropped */

	uint8_t ipver; /* 4 or 6 */
	bool has_broadcast;
	uint8_t addr[16]; /* its own, IPv4 in the first 4 */
	uint8_t broadcast[4];
};

/**
 * ifmsg_get(ret_m, buf, len):
 * Read the first message of a datagram of the kernel.  Returns the octets
 * used, never more than ${len}, or 0 when there is no whole message.
 */
size_t ifmsg_get(struct ifmsg *ret_m, const uint8_t *buf, size_t len);

/**
 * ifmsg_request(dst, kind, seq):
 * Write the question for all of ${kind}: IFMSG_LINK, IFMSG_ADDR or
 * IFMSG_STATS.  The answers carry ${seq}, not 0.  Returns its octets.
 */
size_t ifmsg_request(
    uint8_t dst[static IFMSG_REQUEST_MAX], enum ifmsg_kind kind, uint32_t seq);

#endif
