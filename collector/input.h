/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored files in place of agents, merged by the time of their records. */
#ifndef COLLECTOR_INPUT_H_
#define COLLECTOR_INPUT_H_

#include "base/opt.h"
#include "collector/hub.h"
#include "wire/mono.h"

struct ev_loop;
struct input;

/* All files are read. */
typedef void input_done_fn(void *arg);

struct input_conf {
	const struct opt_list *files;
	wall_t since; /* what is earlier is left out */
	wall_t until; /* a file ends at the first record that is later */
	double speed; /* of event time, 1.0 its own; 0: as fast as can be */
};

/**
 * input_new(loop, hub, conf, done, arg):
 * Open all files of ${conf}, borrowed, as the hosts 1, 2, ... in this order.
 * Returns NULL after a message.
 */
struct input *input_new(struct ev_loop *loop, struct hub *hub,
    const struct input_conf *conf, input_done_fn *done, void *arg);

/**
 * input_start(in):
 * Begin to read.  Records go to the hub in the order of their time, as far as
 * the files themselves are in order; at equal times the lower host comes
 * first.  So the same files always give the same sequence.  With a .speed, each
 * waits until it is due.
 */
void input_start(struct input *in);

/**
 * input_time(arg):
 * ${arg} is a struct input, as hub_live wants it.  Return the time of records
 * up to which all were passed on, at the pace of .speed; INT64_MIN before the
 * first one.
 */
wall_t input_time(void *arg);

/**
 * input_failed(in):
 * Return whether a file was cut short or broken.
 */
bool input_failed(const struct input *in);

/**
 * input_left(in):
 * Return how many files were not used to their end: cut, broken, or not read
 * on because we stopped.
 */
size_t input_left(const struct input *in);

/**
 * input_free(in):
 * Close all files; NULL is fine.
 */
void input_free(struct input *in);

#endif
