/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture from one interface, as long as it takes. */
#include "agent/caplive.h"

#include <ev.h>
#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "agent/caphalt.h"
#include "agent/crew.h"
#include "agent/timing.h"

#define BATCH       4096 /* packets before other watchers get their turn */
#define DRAIN_MAX   1024 /* batches at the end: traffic may never pause */
#define RETRY_MIN_S 0.5  /* back-off to open a lost interface again */
#define RETRY_MAX_S 1.0
#define SOON_S      0.02 /* the same, when something has changed */

struct caplive {
	struct capif dev;
	struct pkt_frame frame;
	struct ev_loop *loop; /* NULL before caplive_start */
	ev_io io;
	ev_timer retry;
	double delay;
	struct meterlog *meters; /* NULL: none */
	bool drained;            /* the ring, */
	mono_t drained_at;       /* since then */
};

struct caplive *
caplive_new(const struct capif_env *env, const char *name, int index)
{
	struct caplive *c = calloc(1, sizeof(*c));

	if (c != NULL)
		capif_init(&c->dev, env, name, index);
	return c;
}

const struct capif *
caplive_dev(const struct caplive *c)
{
	return &c->dev;
}

/* ---- opening ---------------------------------------------------------- */

static int
finish(struct caplive *c)
{
	const int rc = capif_finish(&c->dev);

	if (rc > 0) {
		c->frame.linktype = c->dev.linktype;
		c->frame.iface = capif_number(&c->dev);
	}
	return rc;
}

static void *
prepare(void *arg)
{
	struct caplive *c = arg;

	capif_prepare(&c->dev);
	return NULL;
}

void
caplive_open(struct caplive *const *list, size_t n, int *ret_result)
{
	void *all[CAPLIVE_BATCH] = { NULL };

	for (size_t i = 0; i < n; i++)
		all[i] = list[i];
	crew_run(prepare, all, n);
	for (size_t i = 0; i < n; i++)
		ret_result[i] = finish(list[i]);
}

/* ---- reading ---------------------------------------------------------- */

static void
on_frame(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct caplive *c = (void *)arg;
	struct pkt_frame *f = &c->frame;

	f->data = data;
	f->caplen = h->caplen;
	f->len = h->len;
	f->time = wall_make(h->ts.tv_sec, h->ts.tv_usec);
	c->dev.env->emit(c->dev.env->arg, f);
}

static void
retry(struct caplive *c, double delay)
{
	c->delay = delay;
	ev_timer_stop(c->loop, &c->retry);
	ev_timer_set(&c->retry, delay, 0.);
	ev_timer_start(c->loop, &c->retry);
}

static void
lose(struct caplive *c, const char *why)
{
	/* Of one that was never named, nobody misses anything. */
	if (c->dev.index == 0)
		capif_warn(&c->dev, "%s; trying to open it again", why);
	if (c->loop != NULL) {
		ev_io_stop(c->loop, &c->io);
		retry(c, RETRY_MIN_S);
	}
	capif_lose(&c->dev);
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

/* Returns the packets handed over, or -1 when the interface is lost. */
static int
dispatch(struct caplive *c)
{
	const mono_t since = meterlog_now(c->meters);
	int n = c->dev.bound > 0 ? capdev_ready(c->dev.pcap) : 1;

	if (n == 0)
		return 0;
	if (n < 0) {
		lose(c, "The interface disappeared");
		return -1;
	}
	n = pcap_dispatch(c->dev.pcap, BATCH, on_frame, (u_char *)(void *)c);
	if (c->meters != NULL)
		measure(c, n, since);
	if (n == PCAP_ERROR)
		lose(c, pcap_geterr(c->dev.pcap));
	return n;
}

void
caplive_read(struct caplive *c)
{
	for (int i = 0; i < DRAIN_MAX && c->dev.pcap != NULL; i++) {
		if (dispatch(c) <= 0)
			return;
	}
}

void
caplive_halt(struct caplive *c)
{
	if (c->dev.pcap != NULL)
		caphalt(c->dev.pcap);
}

void
caplive_sweep(struct caplive *c)
{
	if (c->dev.pcap != NULL)
		(void)dispatch(c);
}

/* ---- in the loop ------------------------------------------------------ */

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	(void)dispatch(w->data);
}

static void
watch(struct caplive *c)
{
	ev_io_set(&c->io, pcap_get_selectable_fd(c->dev.pcap), EV_READ);
	ev_io_start(c->loop, &c->io);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct caplive *c = w->data;

	(void)loop;
	(void)revents;
	if (c->dev.hopeless)
		return;
	capif_prepare(&c->dev);
	if (finish(c) > 0) {
		if (c->dev.index == 0)
			capif_warn(&c->dev, "is back");
		watch(c);
		return;
	}
	retry(c, c->delay * 2 > RETRY_MAX_S ? RETRY_MAX_S : c->delay * 2);
}

void
caplive_start(struct caplive *c, struct ev_loop *loop, struct meterlog *meters)
{
	c->meters = meters;
	c->loop = loop;
	ev_init(&c->io, on_io);
	ev_timer_init(&c->retry, on_retry, 0., 0.);
	c->io.data = c->retry.data = c;
	if (c->dev.pcap != NULL) {
		watch(c);
	} else {
		retry(c, RETRY_MIN_S);
	}
}

void
caplive_update(struct caplive *c)
{
	const char *why;

	/* What came before is told by the old name. */
	caplive_read(c);
	if (c->dev.pcap == NULL) {
		if (c->loop != NULL)
			retry(c, SOON_S);
	} else if ((why = capif_update(&c->dev)) != NULL) {
		lose(c, why);
	} else {
		c->frame.iface = capif_number(&c->dev);
	}
}

void
caplive_stop(struct caplive *c)
{
	if (c->loop == NULL)
		return;
	ev_io_stop(c->loop, &c->io);
	ev_timer_stop(c->loop, &c->retry);
	c->loop = NULL;
}

void
caplive_drops(struct caplive *c, uint64_t *ret_ring, uint64_t *ret_iface)
{
	capif_drops(&c->dev, ret_ring, ret_iface);
}

pcap_t *
caplive_close(struct caplive *c)
{
	pcap_t *p = c->dev.pcap;

	caplive_stop(c);
	c->dev.pcap = NULL;
	capif_done(&c->dev);
	free(c);
	return p;
}
