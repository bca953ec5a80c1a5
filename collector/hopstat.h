/* SPDX-License-Identifier: BSD-3-Clause */
/* The same packets at several agents: paths, loss and delay, and each once. */
#ifndef COLLECTOR_HOPSTAT_H_
#define COLLECTOR_HOPSTAT_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/hopflow.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct hopstat_conf {
	int64_t window_ns;   /* between the first and last place of a packet */
	size_t packets;      /* waited for at once */
	size_t flows;        /* at once */
	size_t blocks;       /* of 4 KiB, for percentiles */
	uint32_t digest_max; /* packets with larger digests are left out */
	int64_t idle_ns;     /* a flow ends after that */
	int64_t active_ns;   /* and all is emitted so often at least */
	struct hash_key key; /* for the tables */
	hopflow_fn *emit;
	void *arg;
};

struct hopstat;

/**
 * hopstat_new(conf):
 * Return statistics without packets (${conf} is copied), or NULL with errno.
 */
struct hopstat *hopstat_new(const struct hopstat_conf *conf);

/**
 * hopstat_put(hs, src, o, n):
 * ${src} observed ${n} things, in this order.  A packet is counted when all
 * agents were heard of long enough after it; one that is ten seconds behind the
 * others is not waited for.  Every line tells what came since the line before of
 * its kind and place.  ${src} must outlive ${hs}.
 */
void hopstat_put(struct hopstat *hs, const struct sink_src *src,
    const struct obs *o, size_t n);

/**
 * hopstat_gone(hs, src):
 * ${src} is not waited for until it is heard again.
 */
void hopstat_gone(struct hopstat *hs, const struct sink_src *src);

/**
 * hopstat_flush(hs):
 * The input ended: emit what is left.
 */
void hopstat_flush(struct hopstat *hs);

/**
 * hopstat_print(hs, fp, prefix):
 * Print counters as lines "PREFIX.NAME VALUE".
 */
void hopstat_print(const struct hopstat *hs, FILE *fp, const char *prefix);

/**
 * hopstat_free(hs):
 * Free ${hs} without emitting; NULL is fine.
 */
void hopstat_free(struct hopstat *hs);

#endif
