/* SPDX-License-Identifier: BSD-3-Clause */
/* links: -lpcap */
/* pcaprep COUNT SNAPLEN OUT IN...: repeats captures to a long, smooth one. */

#include <err.h>
#include <pcap.h>
#include <stdint.h>
#include <stdlib.h>

#define GAP_MAX_US 1000000 /* a longer or a backward step becomes GAP_US */
#define GAP_US     1000

struct rep {
	pcap_dumper_t *out;
	uint64_t left;    /* packets still to write */
	bpf_u_int32 snap; /* octets kept of each */
	int64_t now;      /* time of the last packet written, in us */
	int64_t was;      /* time of the last packet read, in us */
};

static void
copy(struct rep *r, const struct pcap_pkthdr *h, const u_char *data)
{
	const int64_t t = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;
	int64_t gap = t - r->was;
	struct pcap_pkthdr cut = *h;

	if (gap < 0 || gap > GAP_MAX_US)
		gap = GAP_US;
	r->was = t;
	r->now += gap;
	cut.ts.tv_sec = r->now / 1000000;
	cut.ts.tv_usec = r->now % 1000000;
	if (cut.caplen > r->snap)
		cut.caplen = r->snap;
	pcap_dump((u_char *)r->out, &cut, data);
	r->left--;
}

static void
copy_file(struct rep *r, const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *in = pcap_open_offline(name, why);
	struct pcap_pkthdr *h;
	const u_char *data;

	if (in == NULL)
		errx(1, "%s", why);
	if (pcap_datalink(in) != DLT_EN10MB)
		errx(1, "%s: not Ethernet", name);
	while (r->left > 0 && pcap_next_ex(in, &h, &data) == 1)
		copy(r, h, data);
	pcap_close(in);
}

int
main(int argc, char *argv[])
{
	struct rep r = { .now = 1700000000000000 };
	uint64_t before;
	pcap_t *dead;

	if (argc < 5)
		errx(2, "usage: pcaprep count snaplen out in ...");
	r.left = strtoull(argv[1], NULL, 10);
	r.snap = (bpf_u_int32)strtoul(argv[2], NULL, 10);
	if ((dead = pcap_open_dead(DLT_EN10MB, (int)r.snap)) == NULL)
		errx(1, "out of memory");
	if ((r.out = pcap_dump_open(dead, argv[3])) == NULL)
		errx(1, "%s", pcap_geterr(dead));
	while (r.left > 0) {
		before = r.left;
		for (int i = 4; i < argc; i++)
			copy_file(&r, argv[i]);
		if (r.left == before)
			errx(1, "no packet in the input");
	}
	if (pcap_dump_flush(r.out) == -1)
		err(1, "%s", argv[3]);
	pcap_dump_close(r.out);
	pcap_close(dead);
	return 0;
}
