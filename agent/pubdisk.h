/* SPDX-License-Identifier: BSD-3-Clause */
/* What the publisher keeps on disk: the stream of this run, from its start. */
#ifndef AGENT_PUBDISK_H_
#define AGENT_PUBDISK_H_

#include <stddef.h>

#include "wire/mono.h"

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
 * Call before what was acknowledged is removed: write down how far the stream
 * got, and each collector.
 */
void pubdisk_mark(struct pubfeed_env *env);

/**
 * pubdisk_tick(env, now):
 * Call once a second: pubdisk_mark, and give up who came for too long for
 * nothing of an earlier run.
 */
void pubdisk_tick(struct pubfeed_env *env, mono_t now);

/**
 * pubdisk_close(env):
 * This run is over: what the collectors have is removed, the rest is for the
 * next run.  Call it before pubaway_done, which gives up those who are away.
 */
void pubdisk_close(struct pubfeed_env *env);

#endif
