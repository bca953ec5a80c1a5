/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture from one interface, as long as it takes. */
#include "agent/caplive.h"

#include <ev.h>
#include <pcap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/filter.h"
#include "agent/own.h"
#include "agent/pktlink.h"
#include "agent/timing.h"
#include "base/log.h"

#define BATCH       4096 /* packets before other watchers get their turn */
#define DRAIN_MAX   1024 /* batches at the end: traffic may never pause */
#define SWEEP_S     0.5  /* should the descriptor ever miss a block */
#define WAIT_MS     100  /* between looks for a missing interface */
#define RETRY_MIN_S 0.5  /* back-off to open a lost interface again */
#define RETRY_MAX_S 1.0
#define ANY         "any"

struct caplive {
	const struct cap_conf *conf;
	const char *name;
	caplive_fn *emit;
	void *arg;
	pcap_t *pcap; /* NULL while the interface is lost */
	struct pkt_frame frame;
	char filter[FILTER_MAX];
	struct ev_loop *loop; /* NULL before caplive_start */
	ev_io io;
	ev_timer sweep, retry;
	double delay;
	struct meterlog *meters;        /* NULL: none */
	bool drained;                   /* the ring, */
	mono_t drained_at;              /* since then */
	uint64_t ring, iface;           /* drops not yet told */
	uint32_t seen_ring, seen_iface; /* as last read: 32 bits, they wrap */
};

static const char *
make_filter(struct caplive *c)
{
	const char *mode = c->conf->mode == NULL ? "src" : c->conf->mode;
	const char *name =
	    c->conf->mac_iface == NULL ? c->name : c->conf->mac_iface;
	struct filter_host h = { 0 };
	const unsigned int has = own_iface(name, h.mac, h.v4);

	/* The cooked header of "any" has no place for most MACs. */
	h.has_mac = (has & OWN_HAS_MAC) != 0 && strcmp(c->name, ANY) != 0;
	h.has_v4 = (has & OWN_HAS_V4) != 0;
	return filter_make(c->filter, mode, &h);
}

static pcap_t *
prepare(const struct caplive *c, char err[static PCAP_ERRBUF_SIZE])
{
	pcap_t *p = pcap_create(c->name, err);

	if (p == NULL)
		return NULL;
	(void)pcap_set_snaplen(p, c->conf->snaplen);
	(void)pcap_set_promisc(
	    p, c->conf->promisc && strcmp(c->name, ANY) != 0);
	(void)pcap_set_timeout(p, CAPLIVE_BLOCK_MS);
	(void)pcap_set_buffer_size(p, (int)c->conf->buffer);
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	return p;
}

static int
set_filter(struct caplive *c, pcap_t *p)
{
	struct bpf_program prog;
	const char *why = make_filter(c);
	int err;

	if (why != NULL) {
		log_errorx("%s: mode needs more: %s", c->name, why);
		return -1;
	}
	if (pcap_compile(p, &prog, c->filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		log_errorx("%s: filter \"%s\": %s", c->name, c->filter,
		    pcap_geterr(p));
		return -1;
	}
	err = pcap_setfilter(p, &prog);
	pcap_freecode(&prog);
	if (err != 0) {
		log_errorx("%s: filter \"%s\": %s", c->name, c->filter,
		    pcap_geterr(p));
	}
	return err;
}

static int
set_up(struct caplive *c, pcap_t *p)
{
	static const pcap_direction_t dir[] = { [CAP_DIR_INOUT] = PCAP_D_INOUT,
		[CAP_DIR_IN] = PCAP_D_IN,
		[CAP_DIR_OUT] = PCAP_D_OUT };
	char err[PCAP_ERRBUF_SIZE];

	c->frame.linktype = pcap_datalink(p);
	if (!pktlink_known(c->frame.linktype)) {
		log_errorx("%s: link type %d is not supported", c->name,
		    c->frame.linktype);
		return -1;
	}
	if (set_filter(c, p) != 0)
		return -1;
	if ((c->conf->dir != CAP_DIR_INOUT &&
		pcap_setdirection(p, dir[c->conf->dir]) != 0) ||
	    pcap_setnonblock(p, 1, err) != 0) {
		log_errorx("%s: %s", c->name, pcap_geterr(p));
		return -1;
	}
	return 0;
}

/* Returns 1 open, 0 no such interface yet, -1 after a message. */
static int
try_open(struct caplive *c)
{
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = prepare(c, err);
	int status;

	if (p == NULL) {
		log_errorx("%s: %s", c->name, err);
		return -1;
	}
	status = pcap_activate(p);
	if (status < 0) {
		if (status != PCAP_ERROR_NO_SUCH_DEVICE &&
		    status != PCAP_ERROR_IFACE_NOT_UP) {
			log_errorx("%s: %s: %s", c->name,
			    pcap_statustostr(status), pcap_geterr(p));
		}
		pcap_close(p);
		return status == PCAP_ERROR_NO_SUCH_DEVICE ||
			       status == PCAP_ERROR_IFACE_NOT_UP
			   ? 0
			   : -1;
	}
	if (set_up(c, p) != 0) {
		pcap_close(p);
		return -1;
	}
	c->pcap = p;
	c->seen_ring = c->seen_iface = 0;
	return 1;
}

struct caplive *
caplive_open(
    const struct cap_conf *conf, size_t index, caplive_fn *emit, void *arg)
{
	const struct timespec wait = { .tv_nsec = WAIT_MS * MONO_NS_PER_MS };
	struct caplive *c = calloc(1, sizeof(*c));
	bool told = false;
	int n;

	if (c == NULL) {
		log_error("%s", conf->iface[index]);
		return NULL;
	}
	c->conf = conf;
	c->name = conf->iface[index];
	c->emit = emit;
	c->arg = arg;
	while ((n = try_open(c)) == 0) {
		if (!told)
			log_warnx("%s: waiting for this interface", c->name);
		told = true;
		(void)nanosleep(&wait, NULL);
	}
	if (n < 0) {
		free(c);
		return NULL;
	}
	return c;
}

static void
on_frame(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct caplive *c = (void *)arg;
	struct pkt_frame *f = &c->frame;

	f->data = data;
	f->caplen = h->caplen;
	f->len = h->len;
	f->time = wall_make(h->ts.tv_sec, h->ts.tv_usec);
	c->emit(c->arg, f);
}

/* Keep what the kernel counted so far; pcap_stats is relative to the open. */
static void
read_drops(struct caplive *c)
{
	struct pcap_stat st;

	if (c->pcap == NULL || pcap_stats(c->pcap, &st) != 0)
		return;
	c->ring += st.ps_drop - c->seen_ring;
	c->iface += st.ps_ifdrop - c->seen_iface;
	c->seen_ring = st.ps_drop;
	c->seen_iface = st.ps_ifdrop;
}

static void
lose(struct caplive *c)
{
	log_warnx(
	    "%s: %s; trying to open it again", c->name, pcap_geterr(c->pcap));
	read_drops(c);
	if (c->loop != NULL) {
		ev_io_stop(c->loop, &c->io);
		ev_timer_stop(c->loop, &c->sweep);
		c->delay = RETRY_MIN_S;
		ev_timer_set(&c->retry, c->delay, 0.);
		ev_timer_start(c->loop, &c->retry);
	}
	pcap_close(c->pcap);
	c->pcap = NULL;
}

/* Between ${since} and now ${n} packets were handed over. */
static void
measure(struct caplive *c, int n, mono_t since)
{
	const mono_t now = meterlog_now(c->meters);

	if (c->drained && n > 0) {
		meterlog_stop(
		    c->meters, TIMING_SOCKET_RECV, 1, c->drained_at, since);
		c->drained = false;
	}
	if (n > 0) {
		meterlog_batch(
		    c->meters, TIMING_PROCESS_DATA, (size_t)n, since, now);
	}
	if (!c->drained && n < BATCH) {
		meterlog_start(c->meters, TIMING_SOCKET_RECV, 1, now);
		c->drained = true;
		c->drained_at = now;
	}
}

/* Returns the packets handed over. */
static int
dispatch(struct caplive *c)
{
	const mono_t since = meterlog_now(c->meters);
	const int n =
	    pcap_dispatch(c->pcap, BATCH, on_frame, (u_char *)(void *)c);

	if (c->meters != NULL)
		measure(c, n, since);
	if (n == PCAP_ERROR)
		lose(c);
	return n;
}

void
caplive_read(struct caplive *c)
{
	for (int i = 0; i < DRAIN_MAX && c->pcap != NULL; i++) {
		if (dispatch(c) <= 0)
			return;
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	(void)dispatch(w->data);
}

static void
on_sweep(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	(void)dispatch(w->data);
}

static void
watch(struct caplive *c)
{
	ev_io_set(&c->io, pcap_get_selectable_fd(c->pcap), EV_READ);
	ev_io_start(c->loop, &c->io);
	ev_timer_again(c->loop, &c->sweep);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct caplive *c = w->data;

	(void)revents;
	if (try_open(c) > 0) {
		log_warnx("%s: is back", c->name);
		watch(c);
		return;
	}
	c->delay = c->delay * 2 > RETRY_MAX_S ? RETRY_MAX_S : c->delay * 2;
	ev_timer_set(w, c->delay, 0.);
	ev_timer_start(loop, w);
}

void
caplive_start(struct caplive *c, struct ev_loop *loop, struct meterlog *meters)
{
	c->meters = meters;
	c->loop = loop;
	ev_init(&c->io, on_io);
	ev_timer_init(&c->sweep, on_sweep, 0., SWEEP_S);
	ev_timer_init(&c->retry, on_retry, 0., 0.);
	c->io.data = c->sweep.data = c->retry.data = c;
	watch(c);
}

void
caplive_describe(struct caplive *c, struct iftab *tab)
{
	struct hello_iface i = { .linktype = (uint16_t)c->frame.linktype };

	memcpy(i.name, c->name, strnlen(c->name, sizeof(i.name) - 1));
	memcpy(i.filter, c->filter, strnlen(c->filter, sizeof(i.filter) - 1));
	c->frame.iface = iftab_add(tab, &i);
}

void
caplive_drops(struct caplive *c, uint64_t *ret_ring, uint64_t *ret_iface)
{
	read_drops(c);
	*ret_ring += c->ring;
	*ret_iface += c->iface;
	c->ring = c->iface = 0;
}

void
caplive_stop(struct caplive *c)
{
	if (c->loop == NULL)
		return;
	ev_io_stop(c->loop, &c->io);
	ev_timer_stop(c->loop, &c->sweep);
	ev_timer_stop(c->loop, &c->retry);
	c->loop = NULL;
}

void
caplive_close(struct caplive *c)
{
	if (c == NULL)
		return;
	caplive_stop(c);
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	free(c);
}
