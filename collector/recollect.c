/* SPDX-License-Identifier: BSD-3-Clause */
/* recollect: gather what many agents observe. */
#include <stdio.h>
#include <stdlib.h>

#include "base/jail.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/rotjob.h"
#include "collector/conf.h"
#include "collector/opts.h"
#include "collector/replayopts.h"
#include "collector/run.h"

/* Prepare for what becomes of closed files. */
static int
make_job(struct conf *conf)
{
	struct rotate *r = &conf->rotate;

	if (!r->gzip && r->keep == 0)
		return 0;
	if ((conf->job = rotjob_new(r)) == NULL) {
		log_error("rotation");
		return -1;
	}
	r->closed = rotjob_wake;
	r->arg = conf->job;
	return 0;
}

/* Everything is open: give up what is not needed any more, and work. */
static int
work(struct run *r, const struct opts *o, const struct conf *conf)
{
	if (proc_drop(o->user, PROC_KEEP_NONE) != 0) {
		log_error("giving up privileges");
		return 1;
	}
	if (rotjob_start(conf->job) != 0) {
		log_error("rotation");
		return 1;
	}
	if (jail_enter(JAIL_NOTHING) != 0) {
		log_error("filter of system calls");
		return 1;
	}
	return run_go(r);
}

static int
collect(const struct opts *o, struct conf *conf)
{
	struct run *r;
	int status = 1;

	(void)proc_raise_nofile();
	if (conf->redis_secret != NULL && proc_no_core() != 0) {
		log_error("keeping the password out of core files");
		return 1;
	}
	if (make_job(conf) == 0 && (r = run_new(o, conf)) != NULL) {
		status = work(r, o, conf);
		run_free(r);
	}
	rotjob_free(conf->job);
	conf->job = NULL;
	return status;
}

static int
act(const struct opts *o)
{
	struct conf *conf;
	int status = 0;

	if (o->help) {
		if (o->replay) {
			replayopts_help(stdout);
		} else {
			opts_help(stdout);
		}
		return 0;
	}
	if (o->version) {
		opts_version(stdout);
		return 0;
	}
	if ((conf = conf_read(o->conf)) == NULL)
		return 1;
	/* Stored streams tell nothing of clocks. */
	conf->apply_clock =
	    (conf->apply_clock || o->apply_clock) && o->read.n == 0;
	if (o->stats > 0 || conf->stats > 0)
		log_init("recollect", LOG_LEVEL_INFO);
	if (o->digest_range > 0)
		conf->digest_range = o->digest_range;
	if (o->print) {
		opts_print(o, stdout);
		conf_print(conf, stdout);
	} else {
		status = collect(o, conf);
	}
	conf_free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	struct opts o;
	int status = 2;

	log_init("recollect", LOG_LEVEL_WARN);
	proc_signals();
	if (opts_parse(&o, argc, argv) == 0) {
		if (o.verbose)
			log_init("recollect", LOG_LEVEL_INFO);
		status = act(&o);
	}
	opts_done(&o);
	if (fflush(stdout) != 0)
		status = 1;
	return status;
}
