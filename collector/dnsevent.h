/* SPDX-License-Identifier: BSD-3-Clause */
/* One JSON datagram of a DNS agent, checked, as a DNS answer. */
#ifndef COLLECTOR_DNSEVENT_H_
#define COLLECTOR_DNSEVENT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dnsname.h"
#include "wire/obs.h"

#define DNSEVENT_TEXT_MAX 160 /* octets of a message, with the final 0 */

/*
 * An object as in wire/dnsjson.h, in any order of keys; others are ignored.
 * "chain" has 1 to OBS_DNS_NAMES_MAX absolute names, "id" is 0 to 2^63 - 1,
 * "client" and "address" are addresses as text, the latter of the family that
 * "qtype" asks for; a scope behind '%' is left out.  With "status" NOERROR,
 * "address" must be there; with NXDOMAIN it is ignored.
 */
struct dnsevent {
	bool has_id; /* also of a datagram that is no good otherwise */
	uint64_t id;
	struct obs_dns dns; /* points into the members below */
	struct obs_dns_addr addr;
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	/* what is wrong: */
	const char *field;
	char text[DNSEVENT_TEXT_MAX];
};

/**
 * dnsevent_parse(ret_e, buf, len):
 * Read one datagram into ${ret_e}, which must stay where it is while .dns is
 * used; .dns.conn is 0.  Returns 1 for an answer; 0 for one that is well formed
 * and of no interest (a status other than NOERROR and NXDOMAIN, a qtype other
 * than A and AAAA), .text says why; -1 for anything else: .text says what is
 * wrong with .field.
 */
int dnsevent_parse(struct dnsevent *ret_e, const char *buf, size_t len);

#endif
