/* SPDX-License-Identifier: BSD-3-Clause */
/* A DNS message: its question, its code, its records that lead somewhere. */
#ifndef AGENT_DNSMSG_H_
#define AGENT_DNSMSG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dnsname.h"

#define DNSMSG_MAX 65535 /* octets of a message, RFC 1035 section 4.2.2 */
/* Records that fit: the least one has a root owner and no data. */
#define DNSMSG_RRS_MAX (DNSMSG_MAX / 11)

/* A CNAME, or a record of the type asked for, of the answer section. */
struct dnsmsg_rr {
	uint32_t ttl; /* seconds; 0 for those that RFC 2181 says are 0 */
	uint16_t type, class;
	uint16_t owner, rdata; /* offsets in the message */
};

struct dnsmsg {
	const uint8_t *msg; /* borrowed */
	size_t len;
	uint8_t opcode;
	uint16_t rcode;             /* with the upper bits of OPT, RFC 6891 */
	uint16_t qtype;             /* of the first question */
	uint8_t qname[DNSNAME_MAX]; /* lower case */
	size_t qname_len;
	bool address; /* an address was asked for: the rest is filled, too */
	bool data;    /* a record of the type asked for is in the answer */
	unsigned int n_rrs;
	struct dnsmsg_rr rr[DNSMSG_RRS_MAX];
};

/**
 * dnsmsg_get(ret, msg, len):
 * Read the message of ${len} octets at ${msg}, which ${ret} borrows from.
 * When its question is not for an address (type A or AAAA, opcode not UPDATE)
 * its records are not looked at.  Returns 0; -1 when it is malformed: no
 * question, a record cut off, octets left over, a name that cannot be read,
 * data that have not the form of their type, a misplaced OPT.
 */
int dnsmsg_get(struct dnsmsg *ret, const uint8_t *msg, size_t len);

/**
 * dnsmsg_check(msg, len):
 * Return whether the message is well-formed, by the rules above; the
 * question may be missing.
 */
bool dnsmsg_check(const uint8_t *msg, size_t len);

#endif
