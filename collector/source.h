/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known about one agent, longer than any connection to it. */
#ifndef COLLECTOR_SOURCE_H_
#define COLLECTOR_SOURCE_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/clockest.h"
#include "collector/clockfix.h"
#include "collector/dayoff.h"
#include "collector/ledger.h"
#include "collector/sink.h"
#include "wire/hello.h"
#include "wire/ifaces.h"

#define SOURCE_NAME_MAX 320 /* of an address or file name */

struct part;

struct source {
	struct sink_src src; /* what the outputs see; .name is node or addr */
	struct ledger led;
	struct part *part; /* the hub's: what each output has of it */
	char
	    addr[SOURCE_NAME_MAX]; /* where it is: address, or name of a file */
	char node[HELLO_NAME_MAX]; /* what it calls itself, may be empty */
	char label[HELLO_NAME_MAX]; /* what we call it if it does not */
	/*
	 * All interfaces that were ever told of, as outputs remember their
	 * indexes: those of the stream become these by .place.
	 */
	struct ifaces ifaces;
	uint16_t *place; /* of the first .n_places of the stream */
	unsigned int n_places;
	uint8_t taken[HELLO_STREAM_IFACES / 8]; /* bits: those in .place */
	bool moved;      /* they may have other indexes there */
	bool has_stream; /* .stream_id and led.next say where to resume */
	uint8_t stream_id[16];
	struct clockest clock;
	struct sink_clock told; /* of it, to the outputs */
	struct clockfix fix[2]; /* with source_aim; [1]: of DNS records */
	uint64_t fix_steps;     /* clock.steps when they began */
	bool fix_missed;        /* that a clock is not known was told */
	struct dayoff off;      /* the clock of the stream */
	bool off_told;          /* that times were off; a guest's: ever */
	bool busy;              /* a conversation is using it */
	bool away;  /* when we stopped, it had not ended: what then? */
	bool guest; /* it dialled in, nobody configured it */
	TAILQ_ENTRY(source) entry;
};

/**
 * source_new(host, addr):
 * Return an unheard source with the number ${host}, at ${addr} (copied);
 * NULL with errno on failure.
 */
struct source *source_new(unsigned int host, const char *addr);

/**
 * source_name(s, node):
 * The agent has this name (copied) as long as it tells no other.
 */
void source_name(struct source *s, const char *node);

/**
 * source_forget(s, addr):
 * Make ${s}, of which nothing was ever passed on, one that is unheard, at
 * ${addr} (copied).  Its number stays.
 */
void source_forget(struct source *s, const char *addr);

/**
 * source_label(s, name):
 * Call ${s} by ${name} (copied) until it tells a node name of its own; the name
 * of its host is none.
 */
void source_label(struct source *s, const char *name);

/**
 * source_begin(s, how):
 * A conversation begins: its clock is not known yet.
 */
void source_begin(struct source *s, enum ledger_begin how);

/**
 * source_hello(s, h):
 * The agent named itself and its stream: take over names and interfaces (more
 * of which may follow, source_told), and tell the ledger whether ${h} goes on
 * with the stream it knows.  Returns 0, or -1 with errno.
 */
int source_hello(struct source *s, const struct hello *h);

/**
 * source_return(s, p):
 * ${s} goes on with the stream of ${p}, there, whatever stream it had.
 */
void source_return(struct source *s, const struct position *p);

/**
 * source_resume(s, h):
 * Ask in the offer ${h} to go on where ${s} stopped, if it ever began.
 */
void source_resume(const struct source *s, struct hello *h);

/**
 * source_told(s, index, i):
 * The stream of ${s} told of its interface ${index}, the next one or one that
 * it told of in an earlier connection.  Returns 0, or -1 with errno.
 */
int source_told(
    struct source *s, unsigned int index, const struct hello_iface *i);

/**
 * source_place(s, o, n):
 * Give the packets among the ${n} observations at ${o} of the stream the
 * indexes that their interfaces have in the list of ${s}.
 */
void source_place(const struct source *s, struct obs *o, size_t n);

/**
 * source_at(s, at):
 * Return the index of the interface that a text line names ${at}, which is
 * added to the list of ${s} when new.
 */
uint16_t source_at(struct source *s, const struct line_place *at);

/**
 * source_time(s, x):
 * The agent told what its clock shows, in ${x}.
 */
void source_time(struct source *s, const struct clockest_exchange *x);

/**
 * source_clock(s, now):
 * It is ${now}: let the outputs see what is known of the agent's clock now.
 */
void source_clock(struct source *s, mono_t now);

/**
 * source_has_news(s):
 * Return whether the outputs should be told of the clock of ${s}, which the
 * caller does: it is known, or off by more than the bound from what they know.
 */
bool source_has_news(struct source *s);

/**
 * source_aim(s, o, n, now, wall):
 * The ${n} observations at ${o}, of one kind, come at ${now}: their times are
 * to be put right.  Where nothing is known of the agent's clock they cannot,
 * which is counted, and warned of once.
 */
void source_aim(
    struct source *s, const struct obs *o, size_t n, mono_t now, wall_t wall);

/**
 * source_time_of(s, o):
 * Return the time of ${o}, put right after source_aim.
 */
wall_t source_time_of(const struct source *s, const struct obs *o);

/**
 * source_times(s, o, n):
 * Count those of the ${n} new observations at ${o} whose times are off
 * (collector/dayoff.h), and warn of the first one since source_begin.
 */
void source_times(struct source *s, const struct obs *o, size_t n);

/**
 * source_print(s, now, fp):
 * Print the account of ${s} at ${now}, "agent.HOST.counter value", one a line.
 */
void source_print(const struct source *s, mono_t now, FILE *fp);

void source_free(struct source *s);

#endif
