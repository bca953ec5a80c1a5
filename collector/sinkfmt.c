/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of text: numbers, times, names; no printf, they are many. */
#include "collector/sinkfmt.h"

#include <string.h>

#include "collector/modelnet.h"
#include "wire/hello.h"
#include "wire/obs.h"

enum { SINKFMT_DAY = 86400 };

char *
sinkfmt_u64(char *p, uint64_t v)
{
	char digit[SINKFMT_U64_MAX];
	size_t n = 0;

	do {
		digit[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (n > 0)
		*p++ = digit[--n];
	return p;
}

char *
sinkfmt_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

/* Exactly ${width} digits. */
static char *
sinkfmt_fixed(char *p, uint64_t v, size_t width)
{
	for (size_t i = width; i > 0; i--) {
		p[i - 1] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + width;
}

/* Whole seconds, rounded down, and the rest. */
static int64_t
sinkfmt_split(wall_t t, uint32_t *ret_ns)
{
	int64_t sec = t.ns / MONO_NS_PER_S;
	int64_t ns = t.ns % MONO_NS_PER_S;

	if (ns < 0) {
		ns += MONO_NS_PER_S;
		sec--;
	}
	*ret_ns = (uint32_t)ns;
	return sec;
}

static char *
sinkfmt_sec(char *p, int64_t sec)
{
	if (sec < 0)
		*p++ = '-';
	return sinkfmt_u64(p, sec < 0 ? -(uint64_t)sec : (uint64_t)sec);
}

char *
sinkfmt_usec(char *p, wall_t t)
{
	uint32_t ns;

	p = sinkfmt_sec(p, sinkfmt_split(t, &ns));
	*p++ = '.';
	return sinkfmt_fixed(p, ns / MONO_NS_PER_US, 6);
}

char *
sinkfmt_span(char *p, int64_t ns)
{
	const int64_t us = ns / MONO_NS_PER_US;

	if (us < 0)
		*p++ = '-';
	return sinkfmt_usec(
	    p, (wall_t){ (us < 0 ? -us : us) * MONO_NS_PER_US });
}

/* Days since 1970-01-01 to a Gregorian date; years begin in March here. */
static char *
sinkfmt_date(char *p, int64_t days)
{
	const int64_t z = days + 719468; /* since 0000-03-01 */
	const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	const int64_t doe = z - era * 146097;
	const int64_t yoe =
	    (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const int64_t mp = (5 * doy + 2) / 153;
	const int64_t month = mp < 10 ? mp + 3 : mp - 9;
	const int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);

	p = sinkfmt_fixed(p, (uint64_t)year, 4);
	*p++ = '-';
	p = sinkfmt_fixed(p, (uint64_t)month, 2);
	*p++ = '-';
	return sinkfmt_fixed(p, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
}

static char *
sinkfmt_iso(char *p, int64_t sec)
{
	int64_t days = sec / SINKFMT_DAY;
	int64_t rest = sec % SINKFMT_DAY;

	if (rest < 0) {
		rest += SINKFMT_DAY;
		days--;
	}
	p = sinkfmt_date(p, days);
	*p++ = 'T';
	p = sinkfmt_fixed(p, (uint64_t)rest / 3600, 2);
	*p++ = ':';
	p = sinkfmt_fixed(p, (uint64_t)rest / 60 % 60, 2);
	*p++ = ':';
	return sinkfmt_fixed(p, (uint64_t)rest % 60, 2);
}

char *
sinkfmt_time(char *p, wall_t t, enum conf_time format)
{
	uint32_t ns;
	const int64_t sec = sinkfmt_split(t, &ns);
	const bool exact = ns % MONO_NS_PER_US == 0;

	p = format == CONF_TIME_ISO ? sinkfmt_iso(p, sec) : sinkfmt_sec(p, sec);
	*p++ = '.';
	p = exact ? sinkfmt_fixed(p, ns / MONO_NS_PER_US, 6)
		  : sinkfmt_fixed(p, ns, 9);
	if (format == CONF_TIME_ISO)
		*p++ = 'Z';
	return p;
}

char *
sinkfmt_addr(char *p, uint8_t ipver, const uint8_t *addr)
{
	return p + modelnet_addr(p, ipver, addr);
}

static char *
sinkfmt_hex2(char *p, unsigned char c)
{
	static const char digit[] = "0123456789abcdef";

	*p++ = digit[c >> 4];
	*p++ = digit[c & 0xf];
	return p;
}

static bool
sinkfmt_plain(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

char *
sinkfmt_label(char *p, const char *text, size_t max, const char *hidden)
{
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c != ' ' && sinkfmt_plain(c) && strchr(hidden, c) == NULL) {
			*p++ = (char)c;
			continue;
		}
		p = sinkfmt_text(p, "\\x");
		p = sinkfmt_hex2(p, c);
	}
	return p;
}

char *
sinkfmt_json(char *p, const char *text, size_t max)
{
	*p++ = '"';
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (!sinkfmt_plain(c)) {
			p = sinkfmt_text(p, "\\u00");
			p = sinkfmt_hex2(p, c);
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	*p++ = '"';
	return p;
}

char *
sinkfmt_csv(char *p, const char *text, size_t max)
{
	*p++ = '"';
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (!sinkfmt_plain(c)) {
			p = sinkfmt_text(p, "\\x");
			p = sinkfmt_hex2(p, c);
			continue;
		}
		if (c == '"')
			*p++ = '"';
		*p++ = (char)c;
	}
	*p++ = '"';
	return p;
}

const char *
sinkfmt_iface(char ret_text[static LINE_IFNAME_MAX], const struct sink_src *src,
    uint16_t index)
{
	if (index < src->ifs.n)
		return src->ifs.iface[index].name;
	*sinkfmt_u64(ret_text, index) = '\0';
	return ret_text;
}

const char *
sinkfmt_role(uint8_t role)
{
	static const char *const name[] = { NULL, "originated", "delivered",
		"forwarded", "overheard" };

	return role <= OBS_ROLE_MAX ? name[role] : NULL;
}
