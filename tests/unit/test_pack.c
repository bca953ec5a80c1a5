/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/dnsname tests/unit/gen tests/unit/gendns */
/* Tests of packer and unpacker against each other and against lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/dict.h"
#include "wire/pack.h"
#include "wire/unpack.h"

static const struct hello_params usual = { .codec = HELLO_CODEC_STORED,
	.wbits = 12,
	.slots_log2 = 10,
	.tick_exp = 3,
	.block = 512,
	.fields = HELLO_FIELD_ALL,
	.digest_max = UINT32_MAX };

/* Both ends, and what is between them. */
struct ends {
	struct hello_params par;
	struct pack *pack;
	struct unpack *unpack;
	struct obs *in, *out;
	unsigned int n; /* records in .in */
	uint8_t *cols;
	struct pack_out block;
	size_t len; /* octets at .cols */
};

static void
open_ends(struct ends *e, const struct hello_params *par)
{
	*e = (struct ends){ .par = *par,
		.pack = pack_new(par),
		.unpack = unpack_new(par),
		.in = calloc(par->block, sizeof(*e->in)),
		.out = calloc(par->block, sizeof(*e->out)),
		.cols = malloc(pack_room(par)) };
	assert_true(e->pack != NULL && e->unpack != NULL && e->in != NULL &&
		    e->out != NULL && e->cols != NULL);
}

static void
close_ends(struct ends *e)
{
	pack_free(e->pack);
	unpack_free(e->unpack);
	free(e->in);
	free(e->out);
	free(e->cols);
}

static void
key(struct ends *e, wall_t base)
{
	pack_reset(e->pack, base);
	unpack_reset(e->unpack, base);
}

/* End the block and lay its columns behind each other. */
static void
finish(struct ends *e)
{
	pack_finish(e->pack, &e->block);
	e->len = 0;
	for (unsigned int c = 0; c < PACK_COLS; c++) {
		const struct pack_span *s = &e->block.col[c];

		memcpy(e->cols + e->len, s->data, s->len);
		e->len += s->len;
	}
	assert_true(e->len + e->block.raw.len <= pack_room(&e->par));
	assert_true(e->len <= (size_t)e->n * PACK_RECORD_MAX);
	assert_int_equal(e->block.count, e->n);
}

/* Unpack ${cols} octets of columns and ${raw} of raw bits, each guarded. */
static int
read_back(struct ends *e, size_t cols, size_t raw)
{
	const uint8_t *c = gen_guard(e->cols, cols);
	const uint8_t *r = gen_guard(e->block.raw.data, raw);
	const struct unpack_in in = { .count = e->block.count,
		.messages = e->block.messages,
		.cols = { c, cols },
		.raw = { r, raw } };
	const int err = unpack(e->unpack, e->out, &in);

	gen_unguard(c, cols);
	gen_unguard(r, raw);
	return err;
}

static void
check_block(struct ends *e)
{
	finish(e);
	assert_int_equal(read_back(e, e->len, e->block.raw.len), 0);
	for (unsigned int i = 0; i < e->n; i++) {
		const struct obs want = gen_expect(&e->in[i], &e->par);

		if (!gen_same(&e->out[i], &want))
			fail_msg("record %u of %u differs", i, e->n);
	}
	pack_clear(e->pack);
	e->n = 0;
}

static void
add(struct ends *e, const struct obs *o)
{
	if (!pack_add(e->pack, o)) {
		check_block(e);
		assert_true(pack_add(e->pack, o));
	}
	e->in[e->n++] = *o;
	if (e->n == e->par.block)
		check_block(e);
}

/* Send ${n} records of ${g} through a stream of ${par}. */
static void
trip(struct gen *g, const struct hello_params *par, unsigned int n)
{
	struct ends e;
	struct obs o;

	open_ends(&e, par);
	key(&e, (wall_t){ g->now });
	for (unsigned int i = 0; i < n; i++) {
		gen_pkt(g, &o);
		add(&e, &o);
	}
	if (e.n > 0)
		check_block(&e);
	close_ends(&e);
}

static void
every_kind_of_record_comes_back(void **state)
{
	struct gen g;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		gen_seed(&g, seed);
		trip(&g, &usual, 3000);
	}
}

static void
more_flows_than_slots_and_ranks_come_back(void **state)
{
	struct hello_params par = usual;
	struct gen g;

	(void)state;
	for (par.slots_log2 = 6; par.slots_log2 <= 13; par.slots_log2++) {
		gen_seed(&g, par.slots_log2);
		g.flows = GEN_FLOWS;
		trip(&g, &par, 30000);
	}
}

static void
blocks_of_all_sizes_come_back(void **state)
{
	static const uint16_t size[] = { 1, 2, 3, 127, 128, 1000, 4096, 8192 };
	struct hello_params par = usual;
	struct gen g;

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		par.block = size[i];
		gen_seed(&g, i);
		g.flows = 2000;
		trip(&g, &par, size[i] > 128 ? 20000 : 1000);
	}
}

static void
all_ticks_floor_the_time(void **state)
{
	struct hello_params par = usual;
	struct gen g;

	(void)state;
	for (par.tick_exp = 0; par.tick_exp <= 9; par.tick_exp++) {
		gen_seed(&g, par.tick_exp);
		trip(&g, &par, 3000);
	}
}

static void
every_field_mask_leaves_out_what_it_names(void **state)
{
	struct hello_params par = usual;
	struct gen g;

	(void)state;
	for (par.fields = 0; par.fields <= HELLO_FIELD_ALL; par.fields++) {
		gen_seed(&g, par.fields);
		trip(&g, &par, 150);
	}
}

static void
digests_beyond_the_range_are_left_out(void **state)
{
	static const uint32_t max[] = { 0, 42949672, UINT32_MAX - 1 };
	struct hello_params par = usual;
	struct gen g;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		par.digest_max = max[i];
		gen_seed(&g, i);
		trip(&g, &par, 3000);
	}
}

static void
calm_traffic_comes_back(void **state)
{
	struct gen g;

	(void)state;
	gen_seed(&g, 7);
	g.calm = true;
	g.flows = 3;
	trip(&g, &usual, 20000);
}

/* The most that records can need: everything escaped, new or quoted. */
static void
the_largest_records_fit_the_room(void **state)
{
	struct hello_params par = usual;
	struct ends e;

	(void)state;
	par.tick_exp = 0;
	open_ends(&e, &par);
	key(&e, (wall_t){ 0 });
	for (uint32_t i = 0; i < 5000; i++) {
		struct obs o;
		struct obs_pkt *k = &o.pkt;

		memset(&o, 0, sizeof(o));
		o.kind = OBS_PKT;
		o.time.ns = i & 1 ? INT64_MIN : INT64_MAX - 7;
		k->ipver = i & 2 ? 4 : 6;
		memcpy(k->src, &i, 4);
		memcpy(k->dst, "\1\2\3", 3);
		k->dst[3] = (uint8_t)(i >> 1);
		k->dst[2] = (uint8_t)(i >> 9);
		k->has = OBS_HAS_ALL & ~(i & 4 ? OBS_HAS_QUOTE : 0);
		k->sport = (uint16_t)i;
		k->mgen_flow = ~i;
		k->vlan = 0x8fff;
		k->iface = 0xf09;
		k->role = 1;
		k->len = 0xf0000000 | i;
		k->tcp_flags = (uint8_t)i;
		k->ttl = (uint8_t)i;
		k->tos = 3;
		k->frag = i & 8 ? OBS_FRAG_FIRST : OBS_FRAG_NONE;
		k->mgen_seq = i * 0x7fffffff;
		k->mgen_tx = wall_make(UINT32_MAX, 0);
		k->digest = ~i;
		k->q.proto = k->has & OBS_HAS_QUOTE ? 5 : 0;
		k->q.src[0] = k->q.dst[1] = k->q.proto;
		add(&e, &o);
	}
	close_ends(&e);
}

static void
flows_that_differ_in_one_member_are_kept_apart(void **state)
{
	struct ends e;

	(void)state;
	open_ends(&e, &usual);
	key(&e, (wall_t){ 0 });
	for (unsigned int round = 0; round < 3; round++) {
		for (size_t at = 0; at < DICT_KEY_LEN; at++) {
			struct obs o;
			uint8_t *octet = (uint8_t *)&o.pkt + at;

			memset(&o, 0, sizeof(o));
			o.kind = OBS_PKT;
			o.pkt.ipver = 6;
			o.pkt.has = OBS_HAS_PORTS | OBS_HAS_ICMP | OBS_HAS_MGEN;
			o.pkt.vlan = 0x8001;
			if (at == offsetof(struct obs_pkt, ipver))
				continue;
			*octet ^= 1;
			add(&e, &o);
		}
	}
	check_block(&e);
	close_ends(&e);
}

static void
a_full_packer_refuses_and_changes_nothing(void **state)
{
	struct hello_params par = usual;
	struct pack *p;
	struct gen g;
	struct obs o;

	(void)state;
	par.block = 3;
	p = pack_new(&par);
	assert_non_null(p);
	gen_seed(&g, 1);
	for (unsigned int i = 0; i < 3; i++) {
		gen_pkt(&g, &o);
		assert_true(pack_add(p, &o));
	}
	assert_false(pack_add(p, &o));
	assert_int_equal(pack_count(p), 3);
	pack_free(p);
}

/* A block of 200 records at the start of a stream, in ${e}. */
static void
one_block(struct ends *e, uint64_t seed)
{
	struct gen g;

	open_ends(e, &usual);
	gen_seed(&g, seed);
	key(e, (wall_t){ g.now });
	for (e->n = 0; e->n < 200; e->n++) {
		gen_pkt(&g, &e->in[e->n]);
		assert_true(pack_add(e->pack, &e->in[e->n]));
	}
	finish(e);
}

static void
columns_and_raw_bits_must_be_used_up_exactly(void **state)
{
	struct ends e;

	(void)state;
	one_block(&e, 5);
	for (size_t n = 0; n < e.len; n++) {
		unpack_reset(e.unpack, (wall_t){ 0 });
		assert_int_equal(read_back(&e, n, e.block.raw.len), -1);
	}
	for (size_t n = 0; n < e.block.raw.len; n++) {
		unpack_reset(e.unpack, (wall_t){ 0 });
		assert_int_equal(read_back(&e, e.len, n), -1);
	}
	unpack_reset(e.unpack, (wall_t){ 0 });
	e.cols[e.len] = 0;
	assert_int_equal(read_back(&e, e.len + 1, e.block.raw.len), -1);
	e.block.messages++;
	unpack_reset(e.unpack, (wall_t){ 0 });
	assert_int_equal(read_back(&e, e.len, e.block.raw.len), -1);
	close_ends(&e);
}

static void
check_valid(const struct obs *o, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		assert_true(o[i].pkt.ipver == 4 || o[i].pkt.ipver == 6);
		assert_in_range(o[i].pkt.role, 0, OBS_ROLE_MAX);
		assert_in_range(o[i].pkt.frag, 0, OBS_FRAG_MAX);
		assert_int_equal(o[i].pkt.has & ~OBS_HAS_ALL, 0);
	}
}

/* Whatever columns say, a record is refused or is one that can be. */
static void
lies_in_any_octet_are_refused_or_make_valid_records(void **state)
{
	struct ends e;
	unsigned int refused = 0;

	(void)state;
	one_block(&e, 6);
	for (size_t i = 0; i < e.len * 8; i++) {
		e.cols[i / 8] ^= (uint8_t)(1 << i % 8);
		unpack_reset(e.unpack, (wall_t){ 0 });
		if (read_back(&e, e.len, e.block.raw.len) != 0) {
			refused++;
		} else {
			check_valid(e.out, e.block.count);
		}
		e.cols[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(refused > 0);
	close_ends(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_record_comes_back),
		cmocka_unit_test(more_flows_than_slots_and_ranks_come_back),
		cmocka_unit_test(blocks_of_all_sizes_come_back),
		cmocka_unit_test(all_ticks_floor_the_time),
		cmocka_unit_test(every_field_mask_leaves_out_what_it_names),
		cmocka_unit_test(digests_beyond_the_range_are_left_out),
		cmocka_unit_test(calm_traffic_comes_back),
		cmocka_unit_test(the_largest_records_fit_the_room),
		cmocka_unit_test(
		    flows_that_differ_in_one_member_are_kept_apart),
		cmocka_unit_test(a_full_packer_refuses_and_changes_nothing),
		cmocka_unit_test(columns_and_raw_bits_must_be_used_up_exactly),
		cmocka_unit_test(
		    lies_in_any_octet_are_refused_or_make_valid_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
