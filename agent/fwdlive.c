/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole packets of one interface. */
#include "agent/fwdlive.h"

#include <pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/caphalt.h"
#include "agent/pktlink.h"
#include "base/log.h"

#define BLOCK_MS  10   /* the age at which a block of the ring is handed over */
#define BATCH     2048 /* packets before signals and the clock are looked at */
#define DRAIN_MS  40   /* time for the last block to come */
#define DRAIN_MAX 1024 /* batches at the end, should more come nevertheless */
#define RETRY_MS  500  /* between looks for a lost interface */
#define ANY       "any"

struct fwdlive {
	const struct fwdlive_conf *conf;
	fwdlive_fn *emit;
	void *arg;
	pcap_t *pcap; /* NULL while the interface is lost */
	struct pkt_frame frame;
	uint64_t ring, iface;           /* drops not yet told */
	uint32_t seen_ring, seen_iface; /* as last read: 32 bits, they wrap */
};

/* Compile ${filter}, and set it unless ${p} is only asked what it thinks. */
static int
apply(pcap_t *p, const char *iface, const char *filter, bool set)
{
	struct bpf_program prog;
	int bad;

	if (pcap_compile(p, &prog, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		log_errorx(
		    "%s: filter \"%s\": %s", iface, filter, pcap_geterr(p));
		return -1;
	}
	bad = set ? pcap_setfilter(p, &prog) : 0;
	pcap_freecode(&prog);
	if (bad != 0) {
		log_errorx(
		    "%s: filter \"%s\": %s", iface, filter, pcap_geterr(p));
	}
	return bad;
}

static int
set_filter(const struct fwdlive_conf *conf, pcap_t *p)
{
	char all[FWDOWN_FILTER_MAX];

	if (conf->own == NULL)
		return apply(p, conf->iface, conf->filter, true);
	/* A mistake in it is told without what we add. */
	if (apply(p, conf->iface, conf->filter, false) != 0)
		return -1;
	if (fwdown_filter(all, conf->own, conf->filter) != 0) {
		log_errorx("%s: the filter is too long", conf->iface);
		return -1;
	}
	log_debugx("%s: filter \"%s\"", conf->iface, all);
	return apply(p, conf->iface, all, true);
}

static int
set_up(struct fwdlive *l, pcap_t *p)
{
	char err[PCAP_ERRBUF_SIZE];

	l->frame.linktype = pcap_datalink(p);
	if (!pktlink_known(l->frame.linktype)) {
		log_errorx("%s: link type %d is not supported", l->conf->iface,
		    l->frame.linktype);
		return -1;
	}
	if (set_filter(l->conf, p) != 0)
		return -1;
	if (pcap_setnonblock(p, 1, err) != 0) {
		log_errorx("%s: %s", l->conf->iface, err);
		return -1;
	}
	return 0;
}

/* Returns 0, or -1, after a message unless ${quiet}. */
static int
try_open(struct fwdlive *l, bool quiet)
{
	const struct fwdlive_conf *conf = l->conf;
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = pcap_create(conf->iface, err);
	int status;

	if (p == NULL) {
		log_errorx("%s: %s", conf->iface, err);
		return -1;
	}
	(void)pcap_set_snaplen(p, conf->snaplen);
	(void)pcap_set_promisc(
	    p, conf->promisc && strcmp(conf->iface, ANY) != 0);
	(void)pcap_set_timeout(p, BLOCK_MS);
	(void)pcap_set_buffer_size(p, (int)conf->buffer);
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(p);
	if (status < 0 && !quiet) {
		const char *what = pcap_statustostr(status);
		const char *more = pcap_geterr(p);
		const bool same = more[0] == '\0' || strcmp(what, more) == 0;

		log_errorx("%s: %s%s%s", conf->iface, what, same ? "" : ": ",
		    same ? "" : more);
	}
	if (status < 0 || set_up(l, p) != 0) {
		pcap_close(p);
		return -1;
	}
	l->pcap = p;
	l->seen_ring = l->seen_iface = 0;
	return 0;
}

struct fwdlive *
fwdlive_open(const struct fwdlive_conf *conf, fwdlive_fn *emit, void *arg)
{
	struct fwdlive *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		log_error("%s", conf->iface);
		return NULL;
	}
	l->conf = conf;
	l->emit = emit;
	l->arg = arg;
	if (try_open(l, false) == 0)
		return l;
	free(l);
	return NULL;
}

static void
on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct fwdlive *l = (void *)arg;
	struct pkt_frame *f = &l->frame;

	f->data = data;
	f->caplen = h->caplen;
	f->len = h->len < h->caplen ? h->caplen : h->len;
	f->time = wall_make(h->ts.tv_sec, h->ts.tv_usec);
	l->emit(l->arg, f);
}

/* Keep what the kernel counted so far; it begins anew with each opening. */
static void
read_drops(struct fwdlive *l)
{
	struct pcap_stat st;

	if (l->pcap == NULL || pcap_stats(l->pcap, &st) != 0)
		return;
	l->ring += st.ps_drop - l->seen_ring;
	l->iface += st.ps_ifdrop - l->seen_iface;
	l->seen_ring = st.ps_drop;
	l->seen_iface = st.ps_ifdrop;
}

/* Returns the packets handed over. */
static int
dispatch(struct fwdlive *l)
{
	const int n =
	    pcap_dispatch(l->pcap, BATCH, on_packet, (u_char *)(void *)l);

	if (n >= 0)
		return n;
	log_warnx("%s: %s; trying to open it again", l->conf->iface,
	    pcap_geterr(l->pcap));
	read_drops(l);
	pcap_close(l->pcap);
	l->pcap = NULL;
	return 0;
}

static void
retry(struct fwdlive *l)
{
	const struct timespec wait = { .tv_nsec = RETRY_MS * MONO_NS_PER_MS };

	(void)nanosleep(&wait, NULL);
	if (try_open(l, true) == 0)
		log_warnx("%s: is back", l->conf->iface);
}

int
fwdlive_read(struct fwdlive *l)
{
	if (l->pcap != NULL)
		return dispatch(l);
	retry(l);
	return 0;
}

void
fwdlive_wait(struct fwdlive *l, int ms)
{
	struct pollfd pfd = { .events = POLLIN };

	if (l->pcap == NULL)
		return;
	pfd.fd = pcap_get_selectable_fd(l->pcap);
	(void)poll(&pfd, 1, ms);
}

static void
read_all(struct fwdlive *l)
{
	for (int i = 0; i < DRAIN_MAX && l->pcap != NULL; i++) {
		if (dispatch(l) <= 0)
			return;
	}
}

void
fwdlive_drain(struct fwdlive *l)
{
	const struct timespec age = { .tv_nsec = DRAIN_MS * MONO_NS_PER_MS };

	if (l->pcap != NULL)
		caphalt(l->pcap);
	read_all(l);
	/* What came last lies in a block that is handed over by its age. */
	(void)nanosleep(&age, NULL);
	read_all(l);
}

void
fwdlive_drops(struct fwdlive *l, uint64_t *ring, uint64_t *iface)
{
	read_drops(l);
	*ring += l->ring;
	*iface += l->iface;
	l->ring = l->iface = 0;
}

void
fwdlive_close(struct fwdlive *l)
{
	if (l == NULL)
		return;
	if (l->pcap != NULL)
		pcap_close(l->pcap);
	free(l);
}
