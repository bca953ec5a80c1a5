/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored files in place of agents, merged by the time of their records. */
#ifndef COLLECTOR_INPUT_H_
#define COLLECTOR_INPUT_H_

#include "base/opt.h"
#include "collector/hub.h"

struct ev_loop;
struct input;

/* All files are read. */
typedef void input_done_fn(void *arg);

/**
 * input_new(loop, hub, files, done, arg):
 * Open all ${files}, as the hosts 1, 2, ... in this order.  Returns NULL
 * after a message.
 */
struct input *input_new(struct ev_loop *loop, struct hub *hub,
    const struct opt_list *files, input_done_fn *done, void *arg);

/**
 * input_start(in):
 * Begin to read.  Records go to the hub in the order of their time, as far as
 * the files themselves are in order; at equal times the lower host comes
 * first.  So the same files always give the same sequence.
 */
void input_start(struct input *in);

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
