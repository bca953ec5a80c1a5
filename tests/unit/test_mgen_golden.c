/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp -lpcap */
/* Captures of real MGEN traffic: exactly the truth, flow by flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/pkt.h"

#define GOLDEN    "tests/golden"            /* cut to 192 octets a packet */
#define WHOLE     "../shared/data/own/mgen" /* the same, uncut, and long.pcap */
#define FLOWS_MAX 8
#define SEQ_MAX   65536
#define COLUMNS   13

struct flow {
	uint32_t id;
	uint64_t first, later, first_octets, octets;
	uint64_t messages;
	uint8_t seen[SEQ_MAX / 8]; /* sequence numbers */
};

struct result {
	struct count count;
	unsigned int n;
	struct flow flow[FLOWS_MAX];
};

static struct flow *
flow_of(struct result *r, uint32_t id)
{
	for (unsigned int i = 0; i < r->n; i++) {
		if (r->flow[i].id == id)
			return &r->flow[i];
	}
	assert_true(r->n < FLOWS_MAX);
	r->flow[r->n].id = id;
	return &r->flow[r->n++];
}

static void
add(struct result *r, const struct obs_pkt *k)
{
	struct flow *f;

	if (!(k->has & OBS_HAS_MGEN))
		return;
	f = flow_of(r, k->mgen_flow);
	f->octets += k->len;
	if (k->frag == OBS_FRAG_LATER) {
		f->later++;
		return;
	}
	f->first++;
	f->first_octets += k->len;
	if (!(k->has & OBS_HAS_MSG))
		return;
	assert_true(k->mgen_seq < SEQ_MAX);
	if (!(f->seen[k->mgen_seq / 8] & 1 << k->mgen_seq % 8))
		f->messages++;
	f->seen[k->mgen_seq / 8] |= (uint8_t)(1 << k->mgen_seq % 8);
}

/* Parse the capture ${dir}/${name}.  Free the result with free(). */
static struct result *
parse(const char *dir, const char *name)
{
	static const struct hash_key key = { { 1, 2 } };
	struct result *r = calloc(1, sizeof(*r));
	struct pcap_pkthdr *h;
	const u_char *data;
	char why[PCAP_ERRBUF_SIZE];
	char path[256];
	struct pkt *p;
	pcap_t *pc;
	struct obs o;
	int rc;

	assert_non_null(r);
	p = pkt_new(&key, &r->count, false);
	assert_non_null(p);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	pc = pcap_open_offline_with_tstamp_precision(
	    path, PCAP_TSTAMP_PRECISION_NANO, why);
	assert_non_null(pc);
	while ((rc = pcap_next_ex(pc, &h, &data)) == 1) {
		const struct pkt_frame f = { .data = data,
			.caplen = h->caplen,
			.len = h->len,
			.time = wall_make(h->ts.tv_sec, h->ts.tv_usec),
			.linktype = pcap_datalink(pc) };

		if (pkt_parse(p, &o, &f))
			add(r, &o.pkt);
	}
	assert_int_equal(rc, PCAP_ERROR_BREAK);
	pcap_close(pc);
	pkt_free(p);
	return r;
}

/* Compare a row of the truth with ${r}. */
static void
check_row(struct result *r, char *column[static COLUMNS])
{
	const uint32_t id = (uint32_t)strtoul(column[3], NULL, 10);
	const unsigned int n = r->n;
	const struct flow *f = flow_of(r, id);

	assert_int_equal(r->n, n); /* it was found */
	assert_int_equal(f->messages, strtoull(column[6], NULL, 10));
	assert_int_equal(f->first, strtoull(column[7], NULL, 10));
	assert_int_equal(f->later, strtoull(column[8], NULL, 10));
	assert_int_equal(f->first_octets, strtoull(column[9], NULL, 10));
	assert_int_equal(f->octets, strtoull(column[10], NULL, 10));
}

/* No other flow was found, and every message was counted once. */
static void
check_file(const struct result *r, unsigned int flows, uint64_t messages)
{
	if (r == NULL)
		return; /* before the first one */
	assert_int_equal(r->n, flows);
	assert_int_equal(r->count.mgen_messages, messages);
	assert_int_equal(r->count.frag_unmatched, 0);
	assert_int_equal(r->count.pkt_malformed, 0);
	assert_int_equal(r->count.pkt_truncated, 0);
}

/* The captures of ${dir} against the rows, which are sorted by capture. */
static void
check_truth(const char *dir)
{
	FILE *fp = fopen(GOLDEN "/mgen-ground-truth.tsv", "r");
	char line[512];
	char name[64] = "";
	struct result *r = NULL;
	unsigned int flows = 0;
	unsigned int files = 0;
	uint64_t messages = 0;

	assert_non_null(fp);
	assert_non_null(fgets(line, sizeof(line), fp)); /* the headings */
	while (fgets(line, sizeof(line), fp) != NULL) {
		char *column[COLUMNS];
		char *rest = line;

		for (int i = 0; i < COLUMNS; i++) {
			column[i] = strsep(&rest, "\t");
			assert_non_null(column[i]);
		}
		if (strcmp(name, column[0]) != 0) {
			check_file(r, flows, messages);
			free(r);
			r = parse(dir, column[0]);
			(void)snprintf(name, sizeof(name), "%s", column[0]);
			flows = 0;
			messages = 0;
			files++;
		}
		check_row(r, column);
		flows++;
		messages += strtoull(column[6], NULL, 10);
	}
	check_file(r, flows, messages);
	assert_int_equal(files, 10);
	free(r);
	(void)fclose(fp);
}

static void
captures_cut_by_our_snap_length_give_the_truth(void **state)
{
	(void)state;
	check_truth(GOLDEN);
}

static void
whole_captures_give_the_truth(void **state)
{
	(void)state;
	if (access(WHOLE "/mgen-tcp4-multi.pcap", R_OK) != 0)
		skip();
	check_truth(WHOLE);
}

/* A minute of seven flows, cut to 96 octets: no message is lost, none double. */
static void
a_minute_of_seven_flows_is_complete(void **state)
{
	uint64_t packets = 0;
	struct result *r;

	(void)state;
	if (access(WHOLE "/long.pcap", R_OK) != 0)
		skip();
	r = parse(WHOLE, "long.pcap");
	assert_int_equal(r->count.pkt_received, 59656);
	assert_int_equal(r->count.pkt_arp, 4);
	for (unsigned int i = 0; i < r->n; i++) {
		assert_int_equal(r->flow[i].messages, r->flow[i].first);
		packets += r->flow[i].first;
	}
	/* 57,282 datagrams and 1,181 segments with data, one message each */
	check_file(r, 7, 57282 + 1181);
	assert_int_equal(packets, 57282 + 1181);
	free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    captures_cut_by_our_snap_length_give_the_truth),
		cmocka_unit_test(whole_captures_give_the_truth),
		cmocka_unit_test(a_minute_of_seven_flows_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
