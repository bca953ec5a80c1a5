/* SPDX-License-Identifier: BSD-3-Clause */
/* The line that tells, on a terminal, how far forwarding has come. */
#include "agent/fwdtell.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_MAX 24
#define LEFT_MAX   1e9 /* s; more is no news */

/* 4 digits at most, and the prefix of the unit. */
static void
put_octets(char dst[static NUMBER_MAX], uint64_t n)
{
	static const char prefix[] = " kMGTPE";
	double v = (double)n;
	size_t i = 0;

	for (; v >= 1000 && i + 2 < sizeof(prefix); i++)
		v /= 1000;
	if (i == 0) {
		(void)snprintf(dst, NUMBER_MAX, "%" PRIu64 " B", n);
	} else {
		(void)snprintf(dst, NUMBER_MAX, "%.1f %cB", v, prefix[i]);
	}
}

static double
seconds(mono_t from, mono_t to)
{
	return (double)(to.ns - from.ns) / (double)MONO_NS_PER_S;
}

/* Percentage of the file, and time left. */
static void
put_rest(char *dst, size_t room, const struct fwdtell *t,
    const struct fwdtell_now *now)
{
	const double share = (double)now->done / (double)now->size;
	const double spent = seconds(t->start, now->time);
	uint64_t left;

	if (now->done == 0 || now->done > now->size || spent / share > LEFT_MAX)
		return;
	left = (uint64_t)(spent / share - spent + 0.5);
	(void)snprintf(dst, room,
	    ", %.1f %%, %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left",
	    share * 100, left / 3600, left / 60 % 60, left % 60);
}

char *
fwdtell_line(struct fwdtell *t, const struct fwdtell_now *now,
    char dst[static FWDTELL_LINE_MAX])
{
	const double span = seconds(t->last, now->time);
	const double rate =
	    span > 0 ? (double)(now->packets - t->packets) / span : 0;
	char octets[NUMBER_MAX];
	int n;

	put_octets(octets, now->octets);
	n = snprintf(dst, FWDTELL_LINE_MAX,
	    "%" PRIu64 " packets, %s, %.0f packets/s", now->packets, octets,
	    rate);
	if (now->size > 0 && n > 0 && n < FWDTELL_LINE_MAX)
		put_rest(dst + n, (size_t)(FWDTELL_LINE_MAX - n), t, now);
	t->last = now->time;
	t->packets = now->packets;
	return dst;
}
