/* SPDX-License-Identifier: BSD-3-Clause */
/* From the question over CNAMEs to the addresses. */
#ifndef AGENT_DNSCHAIN_H_
#define AGENT_DNSCHAIN_H_

#include "agent/dnsmsg.h"
#include "wire/hash.h"
#include "wire/obs.h"

enum dnschain_end {
	DNSCHAIN_ADDRESS,  /* at least one address */
	DNSCHAIN_NOWHERE,  /* a loop, or a name that has no address here */
	DNSCHAIN_TOO_LARGE /* more than an observation holds; nothing stored */
};

struct dnschain;

/**
 * dnschain_new(key):
 * Make a work space for one message after the other, its tables hashed
 * under ${key}.  Free it with free(3).  Returns NULL without memory.
 */
struct dnschain *dnschain_new(const struct hash_key *key);

/**
 * dnschain_walk(c, ret, m):
 * Follow the answer of ${m} from its question, in time proportional to its
 * records whatever they are.  Names and addresses are stored in ${ret}: they
 * live in ${c} until the next call.  Records are grouped by owner, class and
 * type.  Of the groups of an owner the one that begins last counts, of the
 * CNAMEs in a group the last, of equal addresses the first.  On a loop the
 * last name is one that was there before.
 */
enum dnschain_end dnschain_walk(
    struct dnschain *c, struct obs_dns *ret, const struct dnsmsg *m);

/**
 * dnschain_question(c, ret, m):
 * Store in ${ret} the question of ${m} alone.
 */
void dnschain_question(
    struct dnschain *c, struct obs_dns *ret, const struct dnsmsg *m);

#endif
