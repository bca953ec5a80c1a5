/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pkt agent/pktdigest agent/pktip agent/pktlink agent/pkttun agent/pktfrag agent/pktown agent/mgen agent/mgentcp -lpcap */
/* What a packet costs in pkt_parse, beside a bare libpcap loop. */
#include <err.h>
#include <linux/perf_event.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/pkt.h"

/* Run over our own capture when none is given, so often. */
#define CAPTURE "tests/golden/mgen-udp4-multi.pcap"
#define ROUNDS  2000000 /* packets, at least */

struct cost {
	double ns, instructions; /* a packet; instructions < 0: unknown */
	uint64_t packets;
};

/* A counter of our own instructions, or -1: the kernel may not allow one. */
static int
open_counter(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_HARDWARE,
		.size = sizeof(a),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1 };

	return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static double
cpu_ns(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

/* Read the capture ${name} once, into ${p} unless that is NULL. */
static uint64_t
read_once(const char *name, struct pkt *p)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pc = pcap_open_offline_with_tstamp_precision(
	    name, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pkt_frame f = { 0 };
	struct pcap_pkthdr *h;
	uint64_t n = 0;
	struct obs o;

	if (pc == NULL)
		errx(1, "%s", why);
	f.linktype = pcap_datalink(pc);
	while (pcap_next_ex(pc, &h, &f.data) == 1) {
		n++;
		if (p == NULL)
			continue;
		f.caplen = h->caplen;
		f.len = h->len;
		f.time = wall_make(h->ts.tv_sec, h->ts.tv_usec);
		(void)pkt_parse(p, &o, &f);
	}
	pcap_close(pc);
	if (n == 0)
		errx(1, "%s: no packets", name);
	return n;
}

static struct cost
measure(const char *name, struct pkt *p)
{
	const int fd = open_counter();
	const double start = cpu_ns();
	struct cost c = { .instructions = -1 };
	uint64_t instructions;

	while (c.packets < ROUNDS)
		c.packets += read_once(name, p);
	c.ns = (cpu_ns() - start) / (double)c.packets;
	if (fd >= 0 && read(fd, &instructions, sizeof(instructions)) ==
			   (ssize_t)sizeof(instructions))
		c.instructions = (double)instructions / (double)c.packets;
	if (fd >= 0)
		(void)close(fd);
	return c;
}

int
main(int argc, char *argv[])
{
	static const struct hash_key key = { { 0x9e3779b97f4a7c15,
	    0xd6e8feb86659fd93 } };
	static struct pktown own;
	const char *name = argc > 1 ? argv[1] : CAPTURE;
	struct count count = { 0 };
	struct pkt *p = pkt_new(&key, &count, false);
	struct cost bare;
	struct cost full;
	struct cost digest;

	if (p == NULL)
		err(1, NULL);
	pktown_clear(&own);
	pkt_own(p, &own);
	bare = measure(name, NULL);
	full = measure(name, p);
	pkt_digest(p);
	digest = measure(name, p);
	printf("pkt_bare_loop %.1f ns/packet -\n", bare.ns);
	printf("pkt_parse %.1f ns/packet -\n", full.ns - bare.ns);
	if (bare.instructions >= 0 && full.instructions >= 0) {
		printf("pkt_parse_instructions %.0f /packet <=250\n",
		    full.instructions - bare.instructions);
		printf("pkt_digest_instructions %.0f /packet <=170\n",
		    digest.instructions - full.instructions);
	} else {
		printf("pkt_parse_instructions - /packet <=250\n");
	}
	pkt_free(p);
	return 0;
}
