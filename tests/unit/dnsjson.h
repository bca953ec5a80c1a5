/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the datagrams of the old DNS agent as observations. */
#ifndef TESTS_UNIT_DNSJSON_H_
#define TESTS_UNIT_DNSJSON_H_

#include <stdbool.h>
#include <stdio.h>

#include "wire/dnsname.h"
#include "wire/obs.h"

struct dnsjson {
	struct obs obs; /* points into the members below */
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	struct obs_dns_addr addr;
};

/**
 * dnsjson_next(d, fp):
 * Read one JSON object from ${fp}.  Returns false at the end; what is no
 * datagram of the old agent ends the program.
 */
bool dnsjson_next(struct dnsjson *d, FILE *fp);

/**
 * dnsjson_answer(d, client, qtype, question, addr):
 * Make ${d} the answer ${addr} (text; NULL: NXDOMAIN, TTL else 300) to
 * ${question}, which may be more names, separated by spaces, aliases first.
 */
void dnsjson_answer(struct dnsjson *d, const char *client, uint16_t qtype,
    const char *question, const char *addr);

#endif
