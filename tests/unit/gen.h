/* SPDX-License-Identifier: BSD-3-Clause */
/* Observations at random, from a seed or from the octets of a fuzzer. */
#ifndef TESTS_UNIT_GEN_H_
#define TESTS_UNIT_GEN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/obs.h"

#define GEN_FLOWS 12000

struct gen {
	uint64_t state;         /* of the generator, when .p is NULL */
	const uint8_t *p, *end; /* octets to draw from; then zeros */
	unsigned int flows;     /* as many different flows at most */
	bool calm;              /* no backward or far times, one shape */
	int64_t now;            /* ns */
	uint32_t seq;           /* MGEN */
};

/**
 * gen_seed(ret_g, seed) / gen_octets(ret_g, data, len):
 * Start a generator of 200 flows.
 */
void gen_seed(struct gen *ret_g, uint64_t seed);
void gen_octets(struct gen *ret_g, const uint8_t *data, size_t len);

/**
 * gen_below(g, n):
 * Return a number below ${n} > 0.
 */
uint32_t gen_below(struct gen *g, uint32_t n);

/**
 * gen_pkt(g, ret_o):
 * Make a packet observation of any kind.
 */
void gen_pkt(struct gen *g, struct obs *ret_o);

/**
 * gen_expect(o, par):
 * Return what of ${o} arrives through a stream with the parameters ${par}.
 */
struct obs gen_expect(const struct obs *o, const struct hello_params *par);

/**
 * gen_same(a, b):
 * Return whether ${a} and ${b} say the same.
 */
bool gen_same(const struct obs *a, const struct obs *b);

/**
 * gen_guard(data, len) / gen_unguard(p, len):
 * Return a copy of ${len} octets, for reading alone, that ends at a page which
 * cannot be read; unmap it.
 */
const uint8_t *gen_guard(const void *data, size_t len);
void gen_unguard(const uint8_t *p, size_t len);

#endif
