/* SPDX-License-Identifier: BSD-3-Clause */
/* Modes of -m: which packets of an interface are recorded. */
#include "agent/filter.h"

#include <stdio.h>
#include <string.h>

#define MAC_TEXT 18
#define V4_TEXT  16

static const struct {
	const char *name;
	const char *by_mac;
	const char *by_direction;
} modes[] = {
	{ "none", "", "" },
	{ "src", "ether src %m", "outbound" },
	{ "dst", "not ether src %m", "inbound" },
	{ "spoof", "src host %i and not ether src %m",
	    "src host %i and inbound" },
};

/* Returns the text for %${c}, NULL when the host has none. */
static const char *
value(char c, const struct filter_host *h, char text[static MAC_TEXT])
{
	const uint8_t *m = h->mac;
	const uint8_t *a = h->v4;

	if (c == 'm') {
		(void)snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
		    m[0], m[1], m[2], m[3], m[4], m[5]);
		return h->has_mac ? text : NULL;
	}
	if (c == 'i') {
		(void)snprintf(
		    text, V4_TEXT, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
		return h->has_v4 ? text : NULL;
	}
	text[0] = c;
	text[1] = '\0';
	return text;
}

static const char *
expand(
    char dst[static FILTER_MAX], const char *from, const struct filter_host *h)
{
	char one[MAC_TEXT];
	size_t n = 0;

	while (*from != '\0') {
		const bool escape = from[0] == '%' && from[1] != '\0';
		const char *add = from;
		size_t len = 1;

		if (escape) {
			add = value(from[1], h, one);
			if (add == NULL) {
				return from[1] == 'm'
					   ? "the interface has no MAC"
					   : "the interface has no IPv4 "
					     "address";
			}
			len = strlen(add);
		}
		if (n + len >= FILTER_MAX)
			return "the filter is too long";
		memcpy(dst + n, add, len);
		n += len;
		from += escape ? 2 : 1;
	}
	dst[n] = '\0';
	return NULL;
}

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static size_t
find(const char *mode)
{
	size_t i = 0;

	while (i < N_MODES && strcmp(mode, modes[i].name) != 0)
		i++;
	return i;
}

bool
filter_is_mode(const char *mode)
{
	return find(mode) < N_MODES;
}

const char *
filter_make(char dst[static FILTER_MAX], const char *mode,
    const struct filter_host *host)
{
	const size_t i = find(mode);

	if (i < N_MODES) {
		mode = host->has_mac ? modes[i].by_mac : modes[i].by_direction;
	}
	return expand(dst, mode, host);
}
