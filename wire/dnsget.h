/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks to DNS records: the inverse of dnsrec, for hostile input. */
#ifndef WIRE_DNSGET_H_
#define WIRE_DNSGET_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/bytes.h"
#include "wire/dnsname.h"
#include "wire/dnsrec.h"
#include "wire/obs.h"

/* A name that others end in: a label, and the number of its rest. */
struct dnsget_name {
	const uint8_t *label;
	unsigned int rest;
};

/* Where records come from, as the latest one said. */
struct dnsget_source {
	uint32_t conn;
	char resolver[OBS_DNS_RESOLVER_MAX];
};

/* A block under way; about 170 KiB, of which little is touched. */
struct dnsget {
	int64_t tick;  /* ns */
	uint64_t last; /* tick of the record before */
	unsigned int left;
	struct rd col[DNSREC_COLS];
	struct dnsget_source source[2];
	unsigned int n_names, n_clients, n_resolvers;
	struct dnsget_name name[DNSREC_NAMES_MAX]; /* [0] is the root */
	const uint8_t *client[DNSREC_CLIENTS_MAX];
	const uint8_t *resolver[DNSREC_RESOLVERS_MAX];
	uint8_t names[OBS_DNS_NAMES_MAX * DNSNAME_MAX];
	struct obs_dns_addr addr[OBS_DNS_ADDRS_MAX];
};

/* A block as it came: nothing in it is trusted. */
struct dnsget_in {
	int64_t tick; /* ns: a power of ten */
	wall_t base;
	unsigned int count;
	const uint8_t *body; /* the columns, inflated */
	size_t len;
};

/**
 * dnsget_open(g, in):
 * Begin to read the block ${in}, from which ${g} borrows.  Returns 0, or -1
 * when its columns are not where they should be.
 */
int dnsget_open(struct dnsget *g, const struct dnsget_in *in);

/**
 * dnsget_next(g, ret_o):
 * Read the next record; what it points to lies in ${g} until the next call.
 * Returns 1; 0 at the end of the block, all of it used; -1 when the block
 * contradicts itself.
 */
int dnsget_next(struct dnsget *g, struct obs *ret_o);

#endif
