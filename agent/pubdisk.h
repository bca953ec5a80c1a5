/* SPDX-License-Identifier: BSD-3-Clause */
/* What the publisher keeps on disk: the stream of this run, from its start. */
#ifndef AGENT_PUBDISK_H_
#define AGENT_PUBDISK_H_

#include <stddef.h>

struct pubfeed_env;

/**
 * pubdisk_open(env, path, size):
 * Keep the stream in the directory ${path}, in at most ${size} octets together
 * with what earlier runs left there; with ${path} NULL do nothing.  Returns 0,
 * or -1 after a message.
 */
int pubdisk_open(struct pubfeed_env *env, const char *path, size_t size);

/**
 * pubdisk_mark(env):
 * Call once a second, and before what was acknowledged is removed: write down
 * how far the stream got.
 */
void pubdisk_mark(struct pubfeed_env *env);

/**
 * pubdisk_close(env):
 * This run is over: what a collector has is removed, the rest is for the next
 * run.
 */
void pubdisk_close(struct pubfeed_env *env);

#endif
