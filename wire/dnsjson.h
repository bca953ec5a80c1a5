/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers as the JSON datagrams of the old DNS agents, octet by octet. */
#ifndef WIRE_DNSJSON_H_
#define WIRE_DNSJSON_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/dnsname.h"
#include "wire/obs.h"

/*
 *   {"chain": ["NAME.", ...], "client": "ADDR", "qtype": "A",
 *    "status": "NOERROR", "id": N, "address": "ADDR"}\n		on one line
 *
 * The chain goes from the owner of the address back to the question.  Names
 * are those of dnsname_text; "client" has no dotted quad in IPv6, "address" has
 * one at the end of ::ffff:a.b.c.d and ::a.b.c.d; the status is the name of the
 * rcode, or its number.  "client" is missing when it is not known.
 *
 * NOERROR makes one datagram per address, none without any.  NXDOMAIN makes one
 * that has the question alone, and no "address".  Any other rcode makes one in
 * which the text of the first address begins the chain, and no "address".
 */

/* Octets of the longest: each octet of a name may become "\\\\DDD". */
#define DNSJSON_MAX (OBS_DNS_NAMES_MAX * (5 * DNSNAME_MAX + 4) + 256)

/* One datagram, its newline included; valid during the call. */
typedef void dnsjson_fn(void *arg, const char *text, size_t len);

/**
 * dnsjson_put(d, id, emit, arg):
 * Call ${emit} for each datagram of the answer ${d}, the first of which has
 * the number ${id}, each other one the next.  Returns how many there were;
 * 0 for what is no answer.
 */
size_t dnsjson_put(
    const struct obs_dns *d, uint64_t id, dnsjson_fn *emit, void *arg);

#endif
