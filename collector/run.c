/* SPDX-License-Identifier: BSD-3-Clause */
/* One run of the collector: what it reads, what it writes, when it ends. */
#include "collector/run.h"

#include <ev.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "collector/access.h"
#include "collector/core.h"
#include "collector/dnsin.h"
#include "collector/hub.h"
#include "collector/input.h"
#include "collector/peers.h"
#include "collector/state.h"
#include "collector/timing.h"

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

struct run {
	const struct opts *o;
	const struct conf *conf;
	struct ev_loop *loop;
	struct hub *hub;
	struct state *state;     /* NULL: nothing is remembered */
	ev_prepare ready;        /* until the outputs are */
	struct meterlog *meters; /* NULL: nothing is measured */
	struct access access;
	struct peers *peers; /* either these */
	struct core *core;   /* NULL: no session of CORE */
	struct dnsin *dns;   /* perhaps with this */
	struct input *input; /* or this */
	ev_signal sig[N_SIGNALS];
	bool stopping;
	bool hurry; /* a second signal: do not wait for outputs */
};

/* The beginning of the end: say goodbye, then leave the loop. */
static void
stop(struct run *r)
{
	if (r->stopping)
		return;
	r->stopping = true;
	core_stop(r->core);
	if (r->peers != NULL) {
		hub_stopping(r->hub);
		peers_stop(r->peers);
	} else {
		ev_break(r->loop, EVBREAK_ALL);
	}
}

static void
on_done(void *arg)
{
	struct run *r = arg;

	if (r->stopping) {
		ev_break(r->loop, EVBREAK_ALL);
	} else {
		stop(r);
	}
}

static void
on_gone(void *arg, const char *sink)
{
	log_info("output %s: nothing more goes there", sink);
	stop(arg);
}

static void
print(struct run *r)
{
	if (r->peers != NULL) {
		peers_print(r->peers, stderr);
		access_print(&r->access, stderr);
	}
	dnsin_print(r->dns, stderr);
	hub_print(r->hub, stderr);
}

static void
on_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct run *r = w->data;

	(void)loop;
	(void)revents;
	if (w->signum == SIGHUP) {
		hub_reopen(r->hub);
		gate_reload(&r->access.gate);
	} else if (w->signum == SIGUSR1) {
		print(r);
	} else {
		r->hurry = r->stopping;
		stop(r);
	}
}

/* --mgen-log DIR is -o mgenlog:DIR. */
static int
open_mgen_log(struct run *r)
{
	char *spec;
	int rc;

	if (asprintf(&spec, "mgenlog:%s", r->o->mgen_log) < 0) {
		log_error("--mgen-log");
		return -1;
	}
	rc = hub_output(r->hub, r->conf, spec);
	free(spec);
	return rc;
}

static int
open_outputs(struct run *r)
{
	const bool named = r->o->output.n > 0 || r->o->mgen_log != NULL;
	const struct opt_list *list = named ? &r->o->output : &r->conf->output;

	if (r->o->mgen_log != NULL && open_mgen_log(r) != 0)
		return -1;
	if (!named && list->n == 0)
		return hub_output(r->hub, r->conf, "out");
	for (size_t i = 0; i < list->n; i++) {
		if (hub_output(r->hub, r->conf, list->item[i]) != 0)
			return -1;
	}
	return 0;
}

/* The outputs go on where they were, and so do the agents. */
static int
open_state(struct run *r)
{
	const char *dir =
	    r->o->state != NULL ? r->o->state : r->conf->state_dir;

	if (dir == NULL || r->o->read.n > 0)
		return 0;
	r->state = state_open(dir, r->conf->state_fsync);
	return r->state == NULL ? -1 : hub_keep(r->hub, r->state);
}

static int
add_agents(struct run *r)
{
	const struct conf *c = r->conf;
	struct net_hostport hp;

	for (size_t i = 0; i < c->n_agents; i++) {
		if (peers_add(r->peers, c->agent[i].number, &c->agent[i].hp) !=
		    0)
			return -1;
	}
	for (size_t i = 0; i < r->o->agent.n; i++) {
		const char *text = r->o->agent.item[i];

		if (net_parse(&hp, text, CONF_PORT) != 0 ||
		    hp.host[0] == '\0') {
			log_errorx("--agent: not an address: %s", text);
			return -1;
		}
		if (peers_add(r->peers, 0, &hp) != 0)
			return -1;
	}
	return 0;
}

static int
add_listeners(struct run *r)
{
	const struct opt_list *lists[] = { &r->conf->listen, &r->o->listen };

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < lists[k]->n; i++) {
			if (peers_listen(r->peers, lists[k]->item[i]) != 0)
				return -1;
		}
	}
	return 0;
}

/* How many places there are where records may come from, but a session. */
static size_t
others(const struct run *r)
{
	const struct conf *c = r->conf;

	return c->n_agents + r->o->agent.n + c->listen.n + r->o->listen.n +
	       c->dns_listen.n;
}

static int
open_core(struct run *r)
{
	if (r->o->core == NULL)
		return 0;
	/* Without others, the end of the session is the end. */
	r->core = core_new(
	    r->loop, r->peers, r->o->core, others(r) == 0 ? on_done : NULL, r);
	return r->core == NULL ? -1 : 0;
}

static int
open_peers(struct run *r)
{
	const struct conf *c = r->conf;
	const char *id = r->state == NULL ? NULL : state_keep(r->state)->id;
	struct peers_conf pc = { .legacy = !r->o->no_legacy,
		.apply_clock = c->apply_clock,
		.once = r->o->once,
		.grows = r->o->core != NULL,
		.returns = r->state != NULL,
		.retry_min_ms = c->retry_min_ms,
		.retry_max_ms = c->retry_max_ms,
		.max = c->agents_max,
		.max_per_addr = c->agents_max_per_address,
		.rate_max = (uint64_t)c->rate_max,
		.gate = &r->access.gate };

	if (others(r) == 0 && r->o->core == NULL) {
		log_errorx("no agents: name some in a file (-c), with --agent, "
			   "--core or --listen, or read files (-R)");
		return -1;
	}
	if (opts_offer(&pc.offer, r->o, id) != 0 ||
	    access_open(&r->access, r->o, c) != 0)
		return -1;
	pc.offer.par.fields |= hub_fields(r->hub);
	pc.offer.par.digest_max = conf_digest_max(c);
	r->peers = peers_new(r->loop, r->hub, &pc, on_done, r);
	if (r->peers == NULL) {
		log_error("agents");
		return -1;
	}
	hub_live(r->hub, NULL, NULL);
	if (c->apply_clock && hub_correct(r->hub) != 0) {
		log_error("--apply-clock");
		return -1;
	}
	return add_agents(r) != 0 || add_listeners(r) != 0 || open_core(r) != 0
		   ? -1
		   : 0;
}

static int
open_dns(struct run *r)
{
	if (r->conf->dns_listen.n == 0 && r->conf->dns_iface == NULL)
		return 0;
	r->dns = dnsin_new(r->loop, r->hub, r->conf);
	return r->dns == NULL ? -1 : 0;
}

/* Nothing is measured unless it is asked for. */
static int
open_meters(struct run *r)
{
	const long n = r->o->stats > 0 ? r->o->stats : r->conf->stats;

	if (n == 0)
		return 0;
	if ((r->meters = timing_new(r->loop, n)) == NULL) {
		log_error("--stats");
		return -1;
	}
	hub_meters(r->hub, r->meters);
	return 0;
}

static int
open_input(struct run *r)
{
	if (r->o->summary && hub_summary(r->hub, r->conf->class) != 0) {
		log_error("--summary");
		return -1;
	}
	if (r->o->read.n == 0)
		return open_peers(r) != 0 || open_dns(r) != 0 ? -1 : 0;
	const struct input_conf conf = { .files = &r->o->read,
		.since = r->o->since,
		.until = r->o->until,
		.speed = r->o->pace };

	r->input = input_new(r->loop, r->hub, &conf, on_done, r);
	if (r->input == NULL)
		return -1;
	if (conf.speed > 0)
		hub_live(r->hub, input_time, r->input);
	return 0;
}

/* No input before every output knows what it has. */
static void
on_ready(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct run *r = w->data;

	(void)revents;
	if (r->stopping || !hub_ready(r->hub))
		return;
	ev_prepare_stop(loop, w);
	if (r->peers != NULL) {
		peers_start(r->peers);
		core_start(r->core);
	} else {
		input_start(r->input);
	}
	dnsin_start(r->dns, r->meters);
}

struct run *
run_new(const struct opts *o, const struct conf *conf)
{
	struct run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		goto fail;
	r->o = o;
	r->conf = conf;
	if ((r->loop = ev_default_loop(EVFLAG_AUTO)) == NULL ||
	    (r->hub = hub_new(r->loop, on_gone, r)) == NULL)
		goto fail;
	ev_prepare_init(&r->ready, on_ready);
	r->ready.data = r;
	for (size_t i = 0; i < N_SIGNALS; i++) {
		ev_signal_init(&r->sig[i], on_signal, signals[i]);
		r->sig[i].data = r;
		ev_signal_start(r->loop, &r->sig[i]);
	}
	if (open_outputs(r) == 0 && open_state(r) == 0 && open_input(r) == 0 &&
	    open_meters(r) == 0)
		return r;
	run_free(r);
	return NULL;
fail:
	log_error("cannot start");
	run_free(r);
	return NULL;
}

int
run_go(struct run *r)
{
	int status = 0;

	ev_prepare_start(r->loop, &r->ready);
	ev_run(r->loop, 0);
	r->stopping = true;
	dnsin_stop(r->dns);
	if (hub_drain(r->hub, &r->hurry) != 0) {
		log_errorx("not everything could be written");
		status = 1;
	}
	if (r->input != NULL && input_failed(r->input))
		status = 1;
	print(r);
	hub_summarize(
	    r->hub, r->input == NULL ? 0 : input_left(r->input), stderr);
	return status;
}

void
run_free(struct run *r)
{
	if (r == NULL)
		return;
	core_free(r->core);
	peers_free(r->peers);
	access_done(&r->access);
	input_free(r->input);
	dnsin_free(r->dns);
	meterlog_free(r->meters);
	hub_free(r->hub);
	state_close(r->state);
	if (r->loop != NULL) {
		for (size_t i = 0; i < N_SIGNALS; i++)
			ev_signal_stop(r->loop, &r->sig[i]);
		ev_prepare_stop(r->loop, &r->ready);
		ev_loop_destroy(r->loop);
	}
	free(r);
}
