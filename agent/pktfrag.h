/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments: what the first one of a packet told, for the later ones. */
#ifndef AGENT_PKTFRAG_H_
#define AGENT_PKTFRAG_H_

#include <stdint.h>

#include "wire/hash.h"
#include "wire/obs.h"

#define PKTFRAG_SETS   128 /* of PKTFRAG_WAYS packets each: 40 KiB in all */
#define PKTFRAG_WAYS   4
#define PKTFRAG_LIFE_S 60 /* of packet time; RFC 8200 section 4.5 */

struct pktfrag;

/**
 * pktfrag_new(key):
 * Return an empty cache whose buckets are keyed by ${key}, or NULL.  Free it
 * with free(3).
 */
struct pktfrag *pktfrag_new(const struct hash_key *key);

/**
 * pktfrag_first(f, o, id):
 * Remember protocol, ports, ICMP type and MGEN flow of the first fragment ${o} with the
 * identification ${id}.  The oldest of its set is forgotten.
 */
void pktfrag_first(struct pktfrag *f, const struct obs *o, uint32_t id);

/**
 * pktfrag_later(f, o, id):
 * Give the later fragment ${o} what its first one told.  Returns 0, or -1
 * when that was not seen.
 */
int pktfrag_later(struct pktfrag *f, struct obs *o, uint32_t id);

#endif
