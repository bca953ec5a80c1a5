/* SPDX-License-Identifier: BSD-3-Clause */
/* What a DNS answer means for the keys in Redis: client, links, failures. */
#ifndef COLLECTOR_MODELDNS_H_
#define COLLECTOR_MODELDNS_H_

#include <stdint.h>

#include "collector/model.h"
#include "wire/obs.h"

struct modeldns;
struct modelskip;

/*
 * One row per counter: the struct and the dump follow from it.  The sum of
 * all but "addresses" is the number of answers.
 */
#define MODELDNS_LIST(X)                                                  \
	X(answers, "Answers with addresses, recorded")                    \
	X(addresses, "Addresses in them, each a query of its client")     \
	X(nxdomain, "Answers that there is no such name, recorded")       \
	X(ignored, "Answers left out because of [dns] ignore")            \
	X(no_client, "Answers without the address of a client, left out") \
	X(no_address, "Answers without an address, left out")             \
	X(other_rcode, "Answers with another response code, left out")    \
	X(other_type, "Answers to questions that are not A or AAAA, left out")

struct modeldns_count {
#define MODELDNS_MEMBER(name, help) uint64_t name;
	MODELDNS_LIST(MODELDNS_MEMBER)
#undef MODELDNS_MEMBER
};

/* ${u} and what it points to live as long as the call. */
typedef void modeldns_fn(void *arg, const struct model_update *u);

/**
 * modeldns_new(skip):
 * Return a model that leaves out the questions in ${skip} (borrowed).  NULL
 * with errno on failure.
 */
struct modeldns *modeldns_new(const struct modelskip *skip);

/**
 * modeldns_put(m, d, emit, arg):
 * Call ${emit} with ${arg} for each update that the answer ${d} means, in the
 * order in which they are to be made.  For every address: the client's
 * counter, then a link from each alias to what it stands for, from the
 * question outward, then that to the address.  For NXDOMAIN: the client's
 * counter, and that of the name.  What is no answer means nothing.
 */
void modeldns_put(
    struct modeldns *m, const struct obs_dns *d, modeldns_fn *emit, void *arg);

/**
 * modeldns_count(m):
 * Return the counters.
 */
const struct modeldns_count *modeldns_count(const struct modeldns *m);

/**
 * modeldns_free(m):
 * Free ${m}; NULL is fine.
 */
void modeldns_free(struct modeldns *m);

#endif
