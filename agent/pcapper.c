/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapper: packets in; a text log, and records for collectors, out. */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>

#include "agent/cap.h"
#include "agent/count.h"
#include "agent/doctor.h"
#include "agent/fan.h"
#include "agent/ident.h"
#include "agent/iftab.h"
#include "agent/nsfind.h"
#include "agent/opts.h"
#include "agent/run.h"
#include "agent/status.h"
#include "agent/tapopts.h"
#include "base/daemon.h"
#include "base/jail.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/proc.h"

#define POLL_MAX 256 /* connections that poll(2) watches */

static void
set_log_level(const struct opts *o)
{
	enum log_level level = LOG_LEVEL_INFO;

	if (o->quiet) {
		level = LOG_LEVEL_WARN;
	} else if (o->verbose) {
		level = LOG_LEVEL_DEBUG;
	}
	log_init("pcapper", level);
}

static void
leave_out(void *cap, const struct sockaddr *sa)
{
	cap_own_peer(cap, sa);
}

static struct pub_conf
publish_conf(const struct opts *o, struct cap *cap)
{
	return (struct pub_conf){ .listen = opts_listen(o),
		.dial = o->dial.item,
		.n_dial = o->dial.n,
		.legacy_wait_ms =
		    o->no_legacy ? 0 : (unsigned int)o->legacy_wait,
		.queue = (size_t)o->queue,
		.spool_size = opts_spool_size(o),
		.spool_time = (unsigned int)o->spool_time,
		.spool_dir = o->spool,
		.max_peers = (unsigned int)o->max_collectors,
		.max_per_addr = (unsigned int)o->max_per_address,
		.level = (int)o->level,
		.format = o->format,
		.tls = o->tls,
		.require_tls = o->require_tls,
		.allow = o->allow.item,
		.n_allow = o->allow.n,
		.dialled = opts_live(o) ? leave_out : NULL,
		.arg = cap };
}

/* What this agent calls itself, and the table of its interfaces. */
static int
open_ident(struct ident *ret_id, const struct opts *o)
{
	struct iftab *tab = iftab_new();

	if (tab == NULL || ident_init(ret_id, o->node, tab) < 0) {
		log_error("identity");
		iftab_free(tab);
		return -1;
	}
	if (o->digest)
		ret_id->hello.par.fields |= HELLO_FIELD_DIGEST;
	return 0;
}

static int
open_dns_json(struct fan *f, const struct opts *o)
{
	const struct dnschan_conf conf = opts_dns_json(o);

	if (conf.to == NULL)
		return 0;
	return (f->chan = dnschan_open(&conf)) == NULL ? -1 : 0;
}

/* Rotate the log ${l} of the name ${path}, unless it is NULL. */
static int
rotate_log(struct fan *f, struct tlog *l, const char *path)
{
	if (l == NULL)
		return 0;
	tlog_rotate(l, &f->rotate);
	return rotjob_add(f->job, path);
}

/* A log was closed. */
static void
on_closed(void *arg)
{
	struct fan *f = arg;

	keep_closed(f->keep, proc_wall());
	if (f->job != NULL)
		rotjob_wake(f->job);
}

static int
rotate_logs(struct fan *f, const struct opts *o)
{
	f->rotate = o->rotate;
	f->rotate.closed = on_closed;
	f->rotate.arg = f;
	if (o->rotate.gzip || o->rotate.keep > 0) {
		if ((f->job = rotjob_new(&f->rotate)) == NULL) {
			log_error("rotation");
			return -1;
		}
	}
	if (rotate_log(f, f->log, o->log) < 0 ||
	    rotate_log(f, f->dns, o->dns_log) < 0) {
		log_error("rotation");
		return -1;
	}
	return 0;
}

static int
open_keep(struct fan *f, const struct opts *o, const struct hello *me)
{
	const char *node = me->node[0] != '\0' ? me->node : me->host;

	if (o->keep == NULL ||
	    (f->keep = keep_open(o->keep, node, proc_wall())) != NULL)
		return 0;
	log_error("%s", o->keep);
	return -1;
}

static int
open_outputs(struct fan *f, const struct opts *o, const struct ident *id)
{
	f->log_always = o->log_always || !opts_live(o);
	if (!o->no_log && (f->log = tlog_open(o->log, o->format,
			       iftab_lines(id->tab))) == NULL) {
		log_error("%s", o->log);
		return -1;
	}
	if (o->dns_log != NULL &&
	    (f->dns = tlog_open_dns(o->dns_log)) == NULL) {
		log_error("%s", o->dns_log);
		return -1;
	}
	if (o->write != NULL &&
	    (f->file = wfile_open(o->write, id, (int)o->level)) == NULL) {
		log_error("%s", o->write);
		return -1;
	}
	if (o->pidfile != NULL &&
	    (f->status = status_open(o->pidfile)) == NULL) {
		log_error("%s.status", o->pidfile);
		return -1;
	}
	if (rotate_logs(f, o) < 0 || open_dns_json(f, o) < 0)
		return -1;
	return open_keep(f, o, &id->hello);
}

/* dnstap sockets and files, if there are any. */
static int
open_tap(struct tap **ret_tap, struct tap_conf *conf, const struct opts *o,
    struct count *count, struct fan *fan)
{
	const int rc = tapopts_conf(conf, o);

	*ret_tap = NULL;
	if (rc > 0)
		*ret_tap = tap_open(conf, count, fan_put, fan);
	return rc == 0 || *ret_tap != NULL ? 0 : -1;
}

/* What capture goes on to need: interfaces and nodes come and go. */
static unsigned int
privileges(const struct cap_conf *c)
{
	unsigned int keep = PROC_KEEP_NONE;

	if (cap_live(c))
		keep |= PROC_KEEP_PACKETS;
	if (c->n_netns > 0)
		keep |= PROC_KEEP_NETNS;
	if (nsfind_processes(c->netns, c->n_netns))
		keep |= PROC_KEEP_PROCESSES;
	return keep;
}

/*
 * The log may have to be opened again, so the user stays unless told.  The
 * thread for closed logs begins between the two, see rotjob.h.
 */
static int
drop_privileges(
    const struct opts *o, const struct fan *f, const struct cap_conf *c)
{
	const unsigned int also = (cap_live(c) ? JAIL_PACKETS : 0) |
				  (c->n_netns > 0 ? JAIL_NETNS : 0);

	if (o->user != NULL && o->spool != NULL &&
	    proc_give(o->spool, o->user) != 0) {
		log_error("%s", o->spool);
		return -1;
	}
	if (o->user != NULL && keep_give(f->keep, o->user) != 0) {
		log_error("%s", o->keep);
		return -1;
	}
	if (proc_drop(o->user, privileges(c)) != 0) {
		log_error("giving up privileges");
		return -1;
	}
	if (keep_check(f->keep) != 0) {
		log_error("%s", o->keep);
		return -1;
	}
	if (rotjob_start(f->job) != 0) {
		log_error("rotation");
		return -1;
	}
	if (jail_enter(also) != 0) {
		log_error("filter of system calls");
		return -1;
	}
	return 0;
}

static void
announce(const struct pub *p, struct cap *cap, bool live)
{
	if (pub_port(p) == 0)
		return;
	log_info("listening on port %u", pub_port(p));
	if (live)
		cap_own_port(cap, pub_port(p));
}

/* Write all out, so that the counters that are printed are the last ones. */
static int
flush_outputs(struct fan *f, struct count *count)
{
	int bad = tlog_flush(f->log, proc_mono());

	bad |= tlog_flush(f->dns, proc_mono());
	wfile_retry(f->file);
	wfile_flush(f->file);
	bad |= wfile_lost(f->file) > 0 ? -1 : 0;
	run_counters(f, count, stderr);
	return bad;
}

/* Closed files are left alone, too, from when the thread has ended. */
static int
close_outputs(struct fan *f, const struct opts *o)
{
	int bad = wfile_close(f->file) | tlog_close(f->dns) |
		  dnschan_close(f->chan) | tlog_close(f->log);

	rotjob_free(f->job);
	if (!o->no_log)
		bad |= keep_log(f->keep, o->log);
	bad |= keep_log(f->keep, o->dns_log) | keep_file(f->keep, o->write);
	keep_free(f->keep);
	status_close(f->status);
	return bad;
}

/* With few descriptors poll(2) is as good, and takes none itself. */
static unsigned int
backend(const struct opts *o)
{
	return o->max_collectors + o->dnstap_max <= POLL_MAX ? EVBACKEND_POLL
							     : EVFLAG_AUTO;
}

/* Everything that is open while the agent runs, in the order of opening. */
static int
run(const struct opts *opts)
{
	struct ev_loop *loop = ev_default_loop(backend(opts));
	const struct cap_conf capture = opts_capture(opts);
	struct count count = { 0 };
	struct fan fan = { 0 };
	struct pub_conf publish;
	struct ident id;
	struct tap_conf dns;
	struct cap *cap;
	struct tap *tap;
	int status = EXIT_FAILURE;

	/* capture, collectors, outputs: while there are privileges */
	if (open_ident(&id, opts) < 0)
		return EXIT_FAILURE;
	cap = cap_open(&capture, id.tab, &count, fan_put, &fan);
	if (cap == NULL)
		goto free_tab;
	if (open_tap(&tap, &dns, opts, &count, &fan) < 0)
		goto close_cap;
	publish = publish_conf(opts, cap);
	if ((fan.pub = pub_open(&publish, &id, &count)) == NULL)
		goto close_tap;
	if (open_outputs(&fan, opts, &id) < 0)
		goto close_outputs;
	announce(fan.pub, cap, opts_live(opts));

	if (drop_privileges(opts, &fan, &capture) != 0) {
		keep_free(fan.keep); /* there is nothing to copy */
		fan.keep = NULL;
	} else if (run_loop(loop, opts, cap, tap, &fan, &count) == 0) {
		status = EXIT_SUCCESS;
	}
	if (flush_outputs(&fan, &count) < 0)
		status = EXIT_FAILURE;

close_outputs:
	if (close_outputs(&fan, opts) < 0)
		status = EXIT_FAILURE;
	pub_close(fan.pub);
close_tap:
	tap_close(tap);
close_cap:
	cap_close(cap);
free_tab:
	iftab_free(id.tab);
	return status;
}

/* Returns 0, or -1 after a message. */
static int
open_pidfile(struct pidfile **ret_p, const char *path)
{
	*ret_p = NULL;
	if (path == NULL || (*ret_p = pidfile_open(path)) != NULL)
		return 0;
	if (errno == EBUSY) {
		log_errorx(
		    "%s: process %d holds it", path, (int)pidfile_holder(path));
	} else {
		log_error("%s", path);
	}
	return -1;
}

static int
print_status(const char *pidfile)
{
	const int rc = status_print(pidfile, proc_mono(), stdout);

	if (rc < 0)
		log_error("%s: status", pidfile);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
examine(const struct opts *o)
{
	const struct cap_conf capture = opts_capture(o);
	const struct doctor_conf conf = { .iface = o->iface.item,
		.n_ifaces = capture.all ? 0 : o->iface.n,
		.ring = capture.buffer,
		.watch = (unsigned int)o->watch,
		.json = o->json,
		.root = "" };
	const int rc = doctor_run(&conf, stdout);

	if (rc >= 0 && fflush(stdout) == 0 && ferror(stdout) == 0)
		return rc;
	if (rc >= 0)
		log_error("standard output");
	return OPTS_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct opts opts;
	struct pidfile *pidfile;
	int status = EXIT_FAILURE;

	proc_thrifty();
	log_init("pcapper", LOG_LEVEL_INFO);
	const enum opts_verdict verdict = opts_parse(&opts, argc, argv);
	if (verdict != OPTS_RUN) {
		status = verdict == OPTS_DONE ? EXIT_SUCCESS : OPTS_EXIT_USAGE;
		goto done_opts;
	}
	set_log_level(&opts);
	if (opts.status) {
		status = print_status(opts.pidfile);
		goto done_opts;
	}
	if (opts.doctor) {
		status = examine(&opts);
		goto done_opts;
	}
	proc_signals();
	(void)proc_raise_nofile();
	/* first of all: what follows would not live through a fork */
	if (opts.daemon && daemon_start() != 0) {
		log_error("--daemon");
		goto done_opts;
	}
	if (open_pidfile(&pidfile, opts.pidfile) == 0) {
		status = run(&opts);
		pidfile_close(pidfile);
	}

done_opts:
	opts_done(&opts);
	return status;
}
