/* SPDX-License-Identifier: BSD-3-Clause */
/* dnstap: one frame, a protobuf message, read field by field. */
#ifndef AGENT_DNSTAP_H_
#define AGENT_DNSTAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define DNSTAP_CLIENT_RESPONSE 6

/* Octets inside the frame; NULL when they were not there. */
struct dnstap_bytes {
	const uint8_t *p;
	size_t len;
};

/* The members of dnstap.proto that matter here. */
struct dnstap {
	struct dnstap_bytes identity;        /* any octets */
	uint64_t type;                       /* of the message */
	struct dnstap_bytes client;          /* query_address: 4 or 16 octets */
	struct dnstap_bytes query, response; /* DNS messages, not looked at */
	bool has_time;
	wall_t time; /* of the response, else of the query */
};

/**
 * dnstap_get(ret, buf, len):
 * Read the frame of ${len} octets at ${buf}.  Of a field that is there more
 * than once the last one counts; unknown fields are stepped over.  Returns 0;
 * -1 when it is malformed: wrong wire types, a message without type, an
 * address that is neither IPv4 nor IPv6.
 */
int dnstap_get(struct dnstap *ret, const uint8_t *buf, size_t len);

#endif
