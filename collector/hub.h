/* SPDX-License-Identifier: BSD-3-Clause */
/* Where all sources meet: ledger first, then every output. */
#ifndef COLLECTOR_HUB_H_
#define COLLECTOR_HUB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/source.h"
#include "wire/obs.h"

struct class;
struct conf;
struct ev_loop;
struct hello;
struct hub;
struct meterlog;
struct position;
struct state;

/* An output is gone for good: the program should stop. */
typedef void hub_gone_fn(void *arg, const char *sink);

/**
 * hub_new(loop, gone, arg):
 * Return a hub without outputs, or NULL with errno.
 */
struct hub *hub_new(struct ev_loop *loop, hub_gone_fn *gone, void *arg);

/**
 * hub_output(h, conf, spec):
 * Add the output that ${spec} names (sink_open); "none" adds nothing.
 * Returns 0, or -1 after a message.
 */
int hub_output(struct hub *h, const struct conf *conf, const char *spec);

/**
 * hub_fields(h):
 * Return the HELLO_FIELD_* that outputs need beside the usual ones.
 */
uint32_t hub_fields(const struct hub *h);

/**
 * hub_source(h, host, addr):
 * Return a new source, owned by ${h}; number 0 means the next free one.
 * NULL with errno on failure.
 */
struct source *hub_source(struct hub *h, unsigned int host, const char *addr);

/**
 * hub_find(h, match, arg):
 * Return the first source for which ${match}(., ${arg}) is true, or NULL.
 */
struct source *hub_find(struct hub *h,
    bool (*match)(const struct source *s, const void *arg), const void *arg);

/**
 * hub_keep(h, st):
 * From now on outputs remember what they have, and input goes on there.  To be
 * called after the last hub_output and before the first hub_source; ${st} is
 * borrowed.  Returns 0, or -1 after a message.
 */
int hub_keep(struct hub *h, struct state *st);

/**
 * hub_ready(h):
 * Return whether all outputs know what they have, and input may begin.
 */
bool hub_ready(struct hub *h);

/**
 * hub_host(h, hello):
 * Return the number of the agent that says ${hello} as it was in an earlier
 * run, or else 0: hub_source finds one.
 */
unsigned int hub_host(const struct hub *h, const struct hello *hello);

/**
 * hub_offer(h, s, offer):
 * Ask in the offer to the agent ${s} to go on where it stopped, if it ever
 * began.
 */
void hub_offer(struct hub *h, struct source *s, struct hello *offer);

/**
 * hub_hello(h, s, hello):
 * The agent ${s} says who it is (source_hello), and whether the stream is one
 * that the outputs know.  Returns 0, or -1 with errno.
 */
int hub_hello(struct hub *h, struct source *s, const struct hello *hello);

/**
 * hub_plain(h, s):
 * ${s} begins to send what has no numbers of its own.
 */
void hub_plain(struct hub *h, struct source *s);

/**
 * hub_bye(h, s, next):
 * The stream of ${s} ended, its next record would have had the number ${next}.
 */
void hub_bye(struct hub *h, struct source *s, uint64_t next);

/**
 * hub_took(h, octets):
 * So much was received: time for the outputs to have it, when it is enough.
 */
void hub_took(struct hub *h, size_t octets);

/**
 * hub_commit(h):
 * Let all outputs have now what they were given; some need a while.
 */
void hub_commit(struct hub *h);

/**
 * hub_had(h, s, ret_p):
 * Set ${ret_p} to the place before which every output has all of the stream
 * of ${s}: it may be acknowledged.
 */
void hub_had(
    const struct hub *h, const struct source *s, struct position *ret_p);

/**
 * hub_is_held(h):
 * Return whether agents should not be listened to: an output that remembers
 * cannot keep up.
 */
bool hub_is_held(const struct hub *h);

/**
 * hub_put(h, s, first, o, n):
 * ${s} observed ${n} packets numbered from ${first}, or ${n} DNS observations
 * numbered from ${first}, or one host or loss observation.  What is new is accounted for and given to every output.  Returns how
 * many of them, from the front, are known already; all, of losses.
 */
size_t hub_put(struct hub *h, struct source *s, uint64_t first,
    const struct obs *o, size_t n);

/**
 * hub_offset(h, s, now):
 * An answer of ${s} came at ${now} (source_time): tell the outputs, if that is
 * news to them.
 */
void hub_offset(struct hub *h, struct source *s, wall_t now);

/**
 * hub_silent(h, s):
 * The stream of ${s} ended: what it observes from now on is missed.
 */
void hub_silent(struct hub *h, struct source *s);

/* Tells what time it is; INT64_MIN ns: not known yet. */
typedef wall_t hub_time_fn(void *arg);

/**
 * hub_correct(h):
 * From now on outputs see times as they are by our clock, of sources for which
 * source_aim is called.  Returns 0, or -1 with errno.
 */
int hub_correct(struct hub *h);

/**
 * hub_live(h, now, arg):
 * Input is live: outputs are told every second that it is ${now}(${arg});
 * NULL is our clock.
 */
void hub_live(struct hub *h, hub_time_fn *now, void *arg);

/**
 * hub_meters(h, meters):
 * From now on measure outputs that wait for confirmation (collector/timing.h).
 */
void hub_meters(struct hub *h, struct meterlog *meters);

/**
 * hub_summary(h, class):
 * From now on count packets by node and by the traffic ids of ${class}, for
 * hub_summarize.  Returns 0, or -1 with errno.
 */
int hub_summary(struct hub *h, const struct class *class);

/**
 * hub_stopping(h):
 * The end begins: what agents that are not connected now have seen since is
 * missing.
 */
void hub_stopping(struct hub *h);

/**
 * hub_summarize(h, files, fp):
 * Print the table of collector/summary.h, if hub_summary was called; ${files}
 * stored files were not used to their end.  After hub_drain.
 */
void hub_summarize(struct hub *h, uint64_t files, FILE *fp);

/**
 * hub_full(h):
 * Return whether an output asks stored input to pause.
 */
bool hub_full(const struct hub *h);

/**
 * hub_reopen(h):
 * Open output files anew.
 */
void hub_reopen(struct hub *h);

/**
 * hub_drain(h, hurry):
 * End of input: run the loop until every output has written what it holds,
 * or ${hurry} becomes true.  Returns 0, or -1 when something could not be
 * written.
 */
int hub_drain(struct hub *h, const bool *hurry);

/**
 * hub_print(h, fp):
 * Print the ledger of every source, their sum, and the outputs.
 */
void hub_print(struct hub *h, FILE *fp);

/**
 * hub_free(h):
 * Close the outputs and forget the sources; NULL is fine.
 */
void hub_free(struct hub *h);

#endif
