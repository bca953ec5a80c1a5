/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS names: the form of RFC 1035 section 3.1, and their text. */
#include "wire/dnsname.h"

#include <string.h>

size_t
dnsname_get(const uint8_t *buf, size_t len)
{
	size_t at = 0;

	if (len > DNSNAME_MAX)
		len = DNSNAME_MAX;
	while (at < len) {
		const uint8_t n = buf[at++];

		if (n == 0)
			return at;
		if (n > DNSNAME_LABEL)
			return 0;
		at += n;
	}
	return 0;
}

void
dnsname_lower(uint8_t *name)
{
	while (*name != 0) {
		for (unsigned int left = *name++; left > 0; left--, name++) {
			if (*name >= 'A' && *name <= 'Z')
				*name |= 0x20;
		}
	}
}

static char *
put_octet(char *p, uint8_t c)
{
	if (c <= 0x20 || c >= 0x7f) {
		*p++ = '\\';
		*p++ = (char)('0' + c / 100);
		*p++ = (char)('0' + c / 10 % 10);
		*p++ = (char)('0' + c % 10);
		return p;
	}
	if (strchr("\"().;\\@$", c) != NULL)
		*p++ = '\\';
	*p++ = (char)c;
	return p;
}

char *
dnsname_text(char *p, const uint8_t *name)
{
	if (*name == 0)
		*p++ = '.';
	while (*name != 0) {
		for (unsigned int left = *name++; left > 0; left--)
			p = put_octet(p, *name++);
		*p++ = '.';
	}
	return p;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read what stands behind a backslash.  Returns its octets, 0 malformed. */
static size_t
get_escape(uint8_t *ret_c, const char *text, size_t len)
{
	unsigned int v;

	if (len == 0)
		return 0;
	if (!is_digit(text[0])) {
		*ret_c = (uint8_t)text[0];
		return 1;
	}
	if (len < 3 || !is_digit(text[1]) || !is_digit(text[2]))
		return 0;
	v = (unsigned int)((text[0] - '0') * 100 + (text[1] - '0') * 10 +
			   text[2] - '0');
	if (v > 255)
		return 0;
	*ret_c = (uint8_t)v;
	return 3;
}

size_t
dnsname_parse(uint8_t dst[static DNSNAME_MAX], const char *text, size_t len)
{
	size_t label = 0; /* where the length of the present label goes */
	size_t at = 1;
	size_t i = 0;

	if (len == 0)
		return 0;
	dst[0] = 0;
	if (len == 1 && text[0] == '.')
		return 1;
	while (i < len) {
		uint8_t c = (uint8_t)text[i++];

		if (at >= DNSNAME_MAX)
			return 0;
		if (c == '.') {
			if (at == label + 1)
				return 0;
			dst[label] = (uint8_t)(at - label - 1);
			label = at++;
			continue;
		}
		if (c == '\\') {
			const size_t n = get_escape(&c, &text[i], len - i);

			if (n == 0)
				return 0;
			i += n;
		}
		if (at == label + 1 + DNSNAME_LABEL)
			return 0;
		dst[at++] = c;
	}
	if (at > label + 1) {
		if (at >= DNSNAME_MAX)
			return 0;
		dst[label] = (uint8_t)(at - label - 1);
		label = at++;
	}
	dst[label] = 0;
	return at;
}

bool
dnsname_is_under(const uint8_t *name, const uint8_t *zone)
{
	const size_t n = dnsname_get(zone, DNSNAME_MAX);
	size_t len = dnsname_get(name, DNSNAME_MAX);

	while (len > n) {
		len -= *name + 1u;
		name += *name + 1u;
	}
	return len == n && memcmp(name, zone, n) == 0;
}
