/* SPDX-License-Identifier: BSD-3-Clause */
/* The running agent: signals, the tick of every second, files, the end. */
#include "agent/run.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/host.h"
#include "agent/hostdrop.h"
#include "agent/timing.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/proc.h"

#define BATCH      256  /* packets of a file between two looks at the rest */
#define END_S      30.0 /* for a collector that reads nothing at the end */
#define END_STOP_S 5.0  /* the same, after a signal */
#define TICK_S     1.0
#define CALM_S     3.0  /* a tick while there is nothing to do */
#define QUIET      3    /* ticks without packets, then it is calm */
#define LOST_S     10   /* between looks at what the host loses elsewhere */
#define BUSY       0.50 /* CPU share from which on level 1 is used, */
#define LAZY       0.30 /* and up to which the wanted level is */

struct run {
	struct ev_loop *loop;
	const struct opts *opts;
	struct cap *cap;
	struct tap *tap; /* NULL: no dnstap */
	struct fan *fan;
	struct count *count;
	struct host *host;
	struct hostdrop lost;
	mono_t lost_at;          /* when we looked */
	struct meterlog *meters; /* NULL: no --stats */
	int status;
	bool live;
	bool waiting; /* for so many collectors to attach */
	bool ending;
	double cpu;    /* seconds used at the last tick that was not quiet */
	uint64_t seen; /* packets and DNS frames at the last tick */
	unsigned int quiet; /* ticks since there was one, QUIET at most */
	ev_signal sig_int, sig_term, sig_hup, sig_usr1;
	ev_timer tick;
	ev_idle reader;
	ev_prepare gate;
};

/* Fetch what is counted elsewhere. */
static void
gather(const struct fan *fan, struct count *count)
{
	count->log_lost = tlog_lost(fan->log);
	count->dns_log_lost = tlog_lost(fan->dns);
	count->file_lost = wfile_lost(fan->file);
	count->dns_json_sent = dnschan_sent(fan->chan);
	count->dns_json_lost = dnschan_lost(fan->chan);
}

void
run_counters(const struct fan *fan, struct count *count, FILE *fp)
{
	gather(fan, count);
	stat_print(count_rows, count_n, count, fp);
	pub_print(fan->pub, fp);
	fflush(fp);
}

static void
put_status(struct run *r)
{
	const struct count *c = r->count;

	if (r->fan->status == NULL)
		return;
	gather(r->fan, r->count);
	const struct status_now now = { .state =
					    r->ending ? "stopping" : "running",
		.packets = c->pkt_records,
		.dropped = c->drop_kernel + c->drop_iface,
		.lost = c->log_lost + c->dns_log_lost + c->file_lost +
			c->dns_json_lost + c->queue_full,
		.collectors = pub_attached(r->fan->pub) };
	status_put(r->fan->status, proc_mono(), &now);
}

static void
put_loss(struct run *r, enum obs_loss_reason why, uint64_t n)
{
	const struct obs o = { .kind = OBS_LOSS,
		.time = proc_wall(),
		.loss = { .reason = why, .count = n } };

	if (n > 0)
		fan_put(r->fan, &o);
}

static void
put_drops(struct run *r)
{
	uint64_t ring, iface;

	if (cap_poll_drops(r->cap, &ring, &iface) == 0)
		return;
	put_loss(r, OBS_LOSS_KERNEL, ring);
	put_loss(r, OBS_LOSS_INTERFACE, iface);
}

/* What the host loses where the agent does not look. */
static void
count_lost(struct run *r)
{
	hostdrop_sample(&r->lost);
	r->count->host_iface = r->lost.grown.iface;
	r->count->host_softnet = r->lost.grown.softnet;
	r->count->host_udp = r->lost.grown.udp;
}

/* No more packets: say so to everybody, and leave when all is sent. */
static void
end(struct run *r, double wait)
{
	r->ending = true;
	ev_idle_stop(r->loop, &r->reader);
	if (r->tap != NULL)
		tap_end(r->tap);
	if (r->live) {
		cap_drain(r->cap);
		put_drops(r);
		count_lost(r);
	}
	pub_end(r->fan->pub, wait);
	put_status(r);
}

/* The load of the host, if there is anybody who gets it. */
static void
put_host(struct run *r)
{
	struct obs o;

	if (r->host == NULL)
		return;
	if (!fan_wants(r->fan)) {
		host_skip(r->host);
	} else if (host_sample(r->host, proc_wall(), &o) == 0) {
		fan_put(r->fan, &o);
	}
}

/* Under load, packets go before octets. */
static void
set_level(struct run *r)
{
	struct rusage ru;
	double cpu;

	if (getrusage(RUSAGE_SELF, &ru) < 0)
		return;
	cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	      (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	if (cpu - r->cpu > BUSY) {
		pub_level(r->fan->pub, 1);
	} else if (cpu - r->cpu < LAZY) {
		pub_level(r->fan->pub, (int)r->opts->level);
	}
	r->cpu = cpu;
}

static uint64_t
seen_now(const struct run *r)
{
	return r->count->pkt_received + r->count->dns_frames;
}

/* What has to be looked at while packets come, and now and then. */
static void
look_around(struct run *r)
{
	const uint64_t seen = seen_now(r);
	const mono_t now = proc_mono();
	const bool late = now.ns - r->lost_at.ns >= LOST_S * MONO_NS_PER_S;

	if (late) {
		count_lost(r);
		r->lost_at = now;
	}
	if (seen != r->seen || late) {
		put_drops(r);
		set_level(r);
	}
	if (seen != r->seen) {
		r->quiet = 0;
	} else if (r->quiet < QUIET) {
		r->quiet++;
	}
	r->seen = seen;
}

/* Nobody waits for anything, and nothing has come for some time. */
static bool
is_calm(const struct run *r)
{
	return r->live && !r->ending && r->quiet == QUIET && r->tap == NULL &&
	       seen_now(r) == r->seen && !fan_wants(r->fan);
}

/* Tick once a second, or slower: what sleeps costs nothing. */
static void
set_pace(struct run *r)
{
	const double every = is_calm(r) ? CALM_S : TICK_S;

	if (r->tick.repeat < every || r->tick.repeat > every) {
		r->tick.repeat = every;
		ev_timer_again(r->loop, &r->tick);
	}
}

static void
on_tick(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	if (r->live && !r->ending) {
		cap_sweep(r->cap);
		look_around(r);
		put_host(r);
		if (r->tap != NULL)
			tap_tick(r->tap);
	}
	wfile_retry(r->fan->file);
	if (r->live)
		wfile_flush(r->fan->file);
	pub_tick(r->fan->pub);
	(void)tlog_flush(r->fan->dns, proc_mono());
	if (tlog_flush(r->fan->log, proc_mono()) < 0 && errno == EPIPE &&
	    strcmp(r->opts->log, "-") == 0 && !r->ending)
		end(r, END_STOP_S);
	put_status(r);
}

/* Read packets older than ${before}.  Returns as cap_read. */
static int
read_packets(struct run *r, wall_t before)
{
	const mono_t since = meterlog_now(r->meters);
	const int n = cap_read(r->cap, BATCH, before);

	if (n > 0) {
		meterlog_batch(r->meters, TIMING_PROCESS_DATA, (size_t)n, since,
		    meterlog_now(r->meters));
	}
	return n;
}

/*
 * Read dnstap files, each frame in its place among the packets.  Returns 1
 * when something was read, 0 at the end, -1 when a file is bad.
 */
static int
read_dnstap(struct run *r)
{
	const uint64_t was = r->count->dns_frames;
	const mono_t since = meterlog_now(r->meters);
	wall_t next;
	int n = 0;

	for (int i = 0; i < BATCH; i++) {
		if ((n = tap_peek(r->tap, &next)) != 1 ||
		    (n = read_packets(r, next)) != 0 ||
		    (n = tap_read(r->tap, 1)) != 1)
			break;
	}
	meterlog_batch(r->meters, TIMING_CONSUME,
	    (size_t)(r->count->dns_frames - was), since,
	    meterlog_now(r->meters));
	return n > 0 ? 1 : n;
}

static void
on_reader(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct run *r = w->data;
	int n = r->tap == NULL ? 0 : read_dnstap(r);

	(void)loop;
	(void)revents;
	if (n == 0 && (n = read_packets(r, (wall_t){ INT64_MAX })) == 0)
		end(r, END_S);
	if (n < 0)
		r->status = -1;
}

/* Before the loop sleeps: may a file be read on, is all over? */
static void
on_gate(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct run *r = w->data;
	const struct pub *pub = r->fan->pub;

	(void)revents;
	if (r->ending) {
		if (pub_ended(pub))
			ev_break(loop, EVBREAK_ALL);
		return;
	}
	if (r->live) {
		set_pace(r);
		return;
	}
	if (r->waiting) {
		r->waiting =
		    pub_attached(pub) < (unsigned int)r->opts->wait_collectors;
	}
	if (r->waiting || pub_behind(pub)) {
		ev_idle_stop(loop, &r->reader);
	} else {
		ev_idle_start(loop, &r->reader);
	}
}

/* The first one ends capture, the second one everything. */
static void
on_stop(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct run *r = w->data;

	(void)revents;
	if (r->ending) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	log_info("stopped by signal %d", w->signum);
	end(r, END_STOP_S);
}

static void
on_hup(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	tlog_reopen(r->fan->log);
	tlog_reopen(r->fan->dns);
	pub_reload(r->fan->pub);
}

static void
on_usr1(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	run_counters(r->fan, r->count, stderr);
}

static void
watch_signal(struct run *r, ev_signal *w,
    void (*cb)(struct ev_loop *, ev_signal *, int), int signum)
{
	ev_signal_init(w, cb, signum);
	w->data = r;
	ev_signal_start(r->loop, w);
}

static void
start(struct run *r)
{
	watch_signal(r, &r->sig_int, on_stop, SIGINT);
	watch_signal(r, &r->sig_term, on_stop, SIGTERM);
	watch_signal(r, &r->sig_hup, on_hup, SIGHUP);
	watch_signal(r, &r->sig_usr1, on_usr1, SIGUSR1);
	ev_timer_init(&r->tick, on_tick, TICK_S, TICK_S);
	ev_idle_init(&r->reader, on_reader);
	ev_prepare_init(&r->gate, on_gate);
	r->tick.data = r->reader.data = r->gate.data = r;
	ev_timer_start(r->loop, &r->tick);
	ev_prepare_start(r->loop, &r->gate);
	pub_start(r->fan->pub, r->loop);
	dnschan_start(r->fan->chan, r->loop, r->meters);
	if (r->live)
		cap_start(r->cap, r->loop, r->meters);
	if (r->live && r->tap != NULL)
		tap_start(r->tap, r->loop, r->meters);
}

static void
stop(struct run *r)
{
	ev_signal_stop(r->loop, &r->sig_int);
	ev_signal_stop(r->loop, &r->sig_term);
	ev_signal_stop(r->loop, &r->sig_hup);
	ev_signal_stop(r->loop, &r->sig_usr1);
	ev_timer_stop(r->loop, &r->tick);
	ev_idle_stop(r->loop, &r->reader);
	ev_prepare_stop(r->loop, &r->gate);
	dnschan_stop(r->fan->chan);
	meterlog_free(r->meters);
}

int
run_loop(struct ev_loop *loop, const struct opts *opts, struct cap *cap,
    struct tap *tap, struct fan *fan, struct count *count)
{
	struct run r = { .loop = loop,
		.opts = opts,
		.cap = cap,
		.tap = tap,
		.fan = fan,
		.count = count,
		.live = opts_live(opts),
		.waiting = opts->wait_collectors > 0 };

	if (r.live && (r.host = host_open()) == NULL)
		log_warn("host load");
	if (r.live)
		hostdrop_start(&r.lost, "");
	r.lost_at = proc_mono();
	if (opts->stats > 0 &&
	    (r.meters = timing_new(loop, opts->stats, fan->chan)) == NULL)
		log_warn("--stats");
	start(&r);
	put_status(&r);
	if (daemon_ready() != 0) {
		log_error("nobody waits for this daemon");
		r.status = -1;
		end(&r, END_STOP_S);
	}
	if (r.live)
		proc_trim();
	ev_run(loop, 0);
	stop(&r);
	host_close(r.host);
	hostdrop_done(&r.lost);
	return r.status;
}
