/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/flowtab wire/dict */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/flowtab.h"

#define FLOWS 4096

/* Put ${FLOWS} flows into a table; return the longest chain of a bucket. */
static unsigned int
longest(void (*choose)(struct obs_pkt *k, unsigned int i))
{
	struct dict *d = dict_new(12);
	struct flowtab *t = flowtab_new(d);
	unsigned int max = 0, dir;

	assert_non_null(t);
	for (unsigned int i = 0; i < FLOWS; i++) {
		struct obs_pkt k;

		memset(&k, 0, sizeof(k));
		k.ipver = 6;
		k.proto = 17;
		k.dst[0] = 0x20;
		k.dport = 53;
		choose(&k, i);
		assert_non_null(flowtab_get(t, &k, OBS_HAS_PORTS, &dir));
		assert_int_equal(dir, FLOWTAB_NEW);
	}
	for (unsigned int i = 0; i < FLOWS; i++) {
		unsigned int n = 0;

		for (unsigned int s = i; s != UINT16_MAX; s = d->slot[s].chain)
			n++;
		if (n > max)
			max = n;
	}
	flowtab_free(t);
	free(d);
	return max;
}

/* The port makes up for the low half of the address. */
static void
port_against_address(struct obs_pkt *k, unsigned int i)
{
	const uint64_t low = i;

	k->src[0] = 0x20;
	memcpy(k->src + 8, &low, 8);
	k->sport = (uint16_t)(FLOWS - i);
}

/* What is added to the low half becomes 0, whatever the high half is. */
static void
low_half_cancels(struct obs_pkt *k, unsigned int i)
{
	const uint64_t low = 0u - 0xd1342543de82ef95u - 7u;

	put_be32(k->src, 0x20000000u + i);
	memcpy(k->src + 8, &low, 8);
	k->sport = 7;
}

static void
one_sender_of_many_ports(struct obs_pkt *k, unsigned int i)
{
	k->src[15] = 1;
	k->sport = (uint16_t)i;
}

static void
many_senders_of_one_port(struct obs_pkt *k, unsigned int i)
{
	put_be32(k->src + 12, 0x0a000000u + i);
	k->src[10] = k->src[11] = 0xff;
	k->sport = 5000;
}

static void
flows_that_a_sender_chose_do_not_share_a_bucket(void **state)
{
	(void)state;
	assert_in_range(longest(port_against_address), 1, 16);
	assert_in_range(longest(low_half_cancels), 1, 16);
}

static void
ordinary_flows_do_not_share_a_bucket(void **state)
{
	(void)state;
	assert_in_range(longest(one_sender_of_many_ports), 1, 16);
	assert_in_range(longest(many_senders_of_one_port), 1, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    flows_that_a_sender_chose_do_not_share_a_bucket),
		cmocka_unit_test(ordinary_flows_do_not_share_a_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
