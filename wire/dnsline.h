/* SPDX-License-Identifier: BSD-3-Clause */
/* The text line of a DNS answer: time client qtype rcode question ... */
#ifndef WIRE_DNSLINE_H_
#define WIRE_DNSLINE_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/dnsname.h"
#include "wire/obs.h"

/*
 * The fields of a line, one blank between them: time, client, query type,
 * code, question, chain, addresses, resolver, connection.  pcapper-log(5)
 * describes them.
 */
#define DNSLINE_NAME_MAX (DNSNAME_TEXT_MAX + 1) /* a name and what follows */
#define DNSLINE_ADDR_MAX 57 /* an address, its TTL, and what is around */
#define DNSLINE_REST_MAX 384
#define DNSLINE_MAX                                                \
	(DNSLINE_REST_MAX + OBS_DNS_NAMES_MAX * DNSLINE_NAME_MAX + \
	    OBS_DNS_ADDRS_MAX * DNSLINE_ADDR_MAX)

/* What a line that was read points to. */
struct dnsline {
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	struct obs_dns_addr addrs[OBS_DNS_ADDRS_MAX];
	char resolver[OBS_DNS_RESOLVER_MAX];
};

/**
 * dnsline_room(o):
 * Return how many octets dnsline_put may write for ${o}, <= DNSLINE_MAX.
 */
size_t dnsline_room(const struct obs *o);

/**
 * dnsline_put(dst, o):
 * Write ${o} with its newline to ${dst}, no final 0: an answer as a line, the
 * begin and end of a connection and losses of DNS records as comments.
 * Returns the octets written; 0 for other observations, which are not logged.
 */
size_t dnsline_put(char *dst, const struct obs *o);

/**
 * dnsline_get(ret_o, mem, buf, len):
 * Read one line from the ${len} octets at ${buf}; ${ret_o} will point into
 * ${mem}.  Returns the octets used, newline included; 0 when there is no
 * newline yet; -1 when the line is malformed or longer than DNSLINE_MAX.  A
 * comment without a meaning gives a loss of 0.
 */
ptrdiff_t dnsline_get(
    struct obs *ret_o, struct dnsline *mem, const char *buf, size_t len);

#endif
