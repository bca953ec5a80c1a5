/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of recollect. */
#ifndef COLLECTOR_OPTS_H_
#define COLLECTOR_OPTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/opt.h"
#include "base/tlsctx.h"
#include "wire/hello.h"
#include "wire/mono.h"

#define OPTS_CONF "collector.conf" /* read when it exists and -c is absent */

struct opts {
	const char *conf;
	struct opt_list output, read, agent, listen, allow;
	struct tlsctx_conf tls;
	const char *user;
	const char *state;
	const char *mgen_log;
	const char *core;
	const char *tick, *fields;
	long latency_ms, block, stats, digest_range;
	bool once, no_legacy, require_tls, apply_clock, summary, print, verbose,
	    version, help;

	/* recollect replay */
	bool replay;
	const char *speed, *from, *to; /* texts of the three below */
	double pace;                   /* 0: as fast as can be */
	wall_t since, until;
};

/**
 * opts_parse(ret_o, argc, argv):
 * Read the command line, that of recollect replay if this is its first word.  Returns 0, or -1 after a message.  ${ret_o} needs
 * opts_done in both cases.
 */
int opts_parse(struct opts *ret_o, int argc, char **argv);

/**
 * opts_offer(ret_h, o, id):
 * Make ${ret_h} what the collector asks of every agent; ${id} is what it keeps
 * to be known by, NULL for nothing.  Returns 0, or -1 after a message.
 */
int opts_offer(struct hello *ret_h, const struct opts *o, const char *id);

/**
 * opts_help(fp):
 * Print the usage.
 */
void opts_help(FILE *fp);

/**
 * opts_version(fp):
 * Print the version, and those of the libraries.
 */
void opts_version(FILE *fp);

/**
 * opts_print(o, fp):
 * Print the effective options as comments of a configuration file.
 */
void opts_print(const struct opts *o, FILE *fp);

void opts_done(struct opts *o);

#endif
