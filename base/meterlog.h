/* SPDX-License-Identifier: BSD-3-Clause */
/* Meters of a program, and the lines about them, every so many seconds. */
#ifndef BASE_METERLOG_H_
#define BASE_METERLOG_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

struct ev_loop;
struct meterlog;

/* Log what else there is to say, behind the lines of the meters. */
typedef void meterlog_fn(void *arg);

/**
 * meterlog_new(loop, seconds, names, n):
 * Return ${n} meters, known by their place in ${names} (borrowed, sorted), of
 * which a line each is logged every ${seconds}, from ${loop}.  NULL with errno
 * on failure.
 */
struct meterlog *meterlog_new(
    struct ev_loop *loop, long seconds, const char *const names[], size_t n);

/**
 * meterlog_also(l, f, arg):
 * Call ${f} after each set of lines.  ${l} may be NULL.
 */
void meterlog_also(struct meterlog *l, meterlog_fn *f, void *arg);

/**
 * meterlog_now(l):
 * Return the time for the functions below; the clock is not read when there
 * are no meters (${l} NULL).  All of them do nothing then.
 */
mono_t meterlog_now(const struct meterlog *l);

/**
 * meterlog_start(l, which, n, now):
 * ${n} things began.
 */
void meterlog_start(
    struct meterlog *l, unsigned int which, size_t n, mono_t now);

/**
 * meterlog_stop(l, which, n, since, now):
 * ${n} of the things that began at ${since} ended.
 */
void meterlog_stop(
    struct meterlog *l, unsigned int which, size_t n, mono_t since, mono_t now);

/**
 * meterlog_batch(l, which, n, since, now):
 * ${n} things were done one after the other between ${since} and ${now}.
 */
void meterlog_batch(
    struct meterlog *l, unsigned int which, size_t n, mono_t since, mono_t now);

/**
 * meterlog_free(l):
 * Log no more; NULL is fine.
 */
void meterlog_free(struct meterlog *l);

#endif
