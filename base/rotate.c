/* SPDX-License-Identifier: BSD-3-Clause */
/* Rotation of logs: when, under which name, and what the last line says. */
#include "base/rotate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SUFFIX_GZ  ".gz"
#define SUFFIX_TMP ".gz.tmp" /* the longest */

const char *
rotate_check(const struct rotate *r)
{
	if (r->size > 0 && r->size < ROTATE_SIZE_MIN)
		return "rotate-size is 0 or at least 4K";
	if ((r->keep > 0 || r->gzip) && !rotate_wanted(r)) {
		return "rotate-keep and rotate-gzip need rotate-size or "
		       "rotate-every";
	}
	return NULL;
}

bool
rotate_wanted(const struct rotate *r)
{
	return r->size > 0 || r->every > 0;
}

/* The second of ${t}, rounded down before 1970, too. */
static int64_t
second(wall_t t)
{
	const int64_t s = t.ns / MONO_NS_PER_S;

	return s * MONO_NS_PER_S > t.ns ? s - 1 : s;
}

static int64_t
period(wall_t t, long every)
{
	const int64_t s = second(t);

	return (s < 0 ? s - every + 1 : s) / every;
}

bool
rotate_due(const struct rotate *r, wall_t since, wall_t now)
{
	return r->every > 0 && period(since, r->every) != period(now, r->every);
}

/* Whether ${path}${suffix} exists.  What cannot be judged, rename will tell. */
static bool
is_taken(const char *path, const char *suffix)
{
	char full[ROTATE_PATH_MAX + sizeof(SUFFIX_TMP)];
	struct stat st;

	(void)snprintf(full, sizeof(full), "%s%s", path, suffix);
	return lstat(full, &st) == 0;
}

int
rotate_stamp(char dst[static ROTATE_STAMP_LEN + 1], wall_t t)
{
	const time_t at = (time_t)second(t);
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL &&
	    strftime(dst, ROTATE_STAMP_LEN + 1, "%Y%m%dT%H%M%SZ", &tm) ==
		ROTATE_STAMP_LEN)
		return 0;
	errno = ERANGE;
	return -1;
}

int
rotate_rename(char ret_closed[static ROTATE_PATH_MAX], const char *path,
    wall_t now, struct rotate_last *last)
{
	const time_t at = (time_t)second(now);
	char stamp[ROTATE_STAMP_LEN + 1];
	unsigned int serial = last->second == at ? last->serial + 1 : 1;

	if (rotate_stamp(stamp, now) != 0)
		return -1;
	for (; serial <= ROTATE_SERIAL_MAX; serial++) {
		char tail[16] = "";
		int n;

		if (serial > 1)
			(void)snprintf(tail, sizeof(tail), ".%u", serial);
		n = snprintf(
		    ret_closed, ROTATE_PATH_MAX, "%s.%s%s", path, stamp, tail);
		if (n < 0 || n >= ROTATE_PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (is_taken(ret_closed, "") || is_taken(ret_closed, SUFFIX_GZ))
			continue;
		if (rename(path, ret_closed) != 0)
			return -1;
		*last = (struct rotate_last){ at, serial };
		return 0;
	}
	errno = EEXIST;
	return -1;
}

void
rotate_add(struct rotate_range *to, const struct rotate_range *more)
{
	if (more->n == 0)
		return;
	if (to->n == 0)
		to->first = more->first;
	to->last = more->last;
	to->n += more->n;
}

size_t
rotate_footer(char dst[static ROTATE_FOOTER_MAX],
    const struct rotate_range *range, bool numbers)
{
	int n;

	if (numbers && range->n > 0) {
		n = snprintf(dst, ROTATE_FOOTER_MAX,
		    "# end records %llu first %llu last %llu\n",
		    (unsigned long long)range->n,
		    (unsigned long long)range->first,
		    (unsigned long long)range->last);
	} else {
		n = snprintf(dst, ROTATE_FOOTER_MAX, "# end records %llu\n",
		    (unsigned long long)range->n);
	}
	return (size_t)n;
}

/* Read up to ${max} digits at ${*s} and step over them.  Returns how many. */
static unsigned int
digits(uint64_t *ret, const char **s, unsigned int max)
{
	unsigned int n = 0;

	for (; n < max && **s >= '0' && **s <= '9'; n++, (*s)++)
		*ret = *ret * 10 + (uint64_t)(**s - '0');
	return n;
}

enum rotate_kind
rotate_kind(uint64_t *ret_age, const char *name, const char *base)
{
	const size_t len = strlen(base);
	const char *s = name + len + 1;
	uint64_t stamp = 0, serial = 0;

	if (strncmp(name, base, len) != 0 || name[len] != '.' ||
	    digits(&stamp, &s, 8) != 8 || *s++ != 'T' ||
	    digits(&stamp, &s, 6) != 6 || *s++ != 'Z')
		return ROTATE_NONE;
	if (s[0] == '.' && s[1] >= '0' && s[1] <= '9') {
		s++;
		(void)digits(&serial, &s, 5);
		if (serial < 2)
			return ROTATE_NONE;
	}
	*ret_age = stamp * (ROTATE_SERIAL_MAX + 1) + serial;
	if (*s == '\0')
		return ROTATE_PLAIN;
	if (strcmp(s, SUFFIX_GZ) == 0)
		return ROTATE_GZ;
	return strcmp(s, SUFFIX_TMP) == 0 ? ROTATE_TMP : ROTATE_NONE;
}
