/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands to Redis as octets, and judging its answers. */
#include "collector/sinkcmd.h"

#include <string.h>

#include "collector/sinkfmt.h"

/* "$<len>\r\n<data>\r\n" */
static char *
sinkcmd_bulk(char *p, const char *data, size_t len)
{
	*p++ = '$';
	p = sinkfmt_text(sinkfmt_u64(p, len), "\r\n");
	memcpy(p, data, len);
	return sinkfmt_text(p + len, "\r\n");
}

size_t
sinkcmd_number(char dst[static SINKCMD_MAX], const char *head, const char *key,
    size_t len, uint64_t v)
{
	char digit[SINKFMT_U64_MAX] = "";
	const char *end = sinkfmt_u64(digit, v);
	char *p = sinkcmd_bulk(sinkfmt_text(dst, head), key, len);

	return (size_t)(sinkcmd_bulk(p, digit, (size_t)(end - digit)) - dst);
}

size_t
sinkcmd_get(char dst[static SINKCMD_MAX], const char *key, size_t len)
{
	char *p = sinkfmt_text(dst, "*2\r\n$3\r\nGET\r\n");

	return (size_t)(sinkcmd_bulk(p, key, len) - dst);
}

size_t
sinkcmd_append(
    char dst[static SINKCMD_MAX], const char *key, size_t len, size_t value_len)
{
	char *p = sinkfmt_text(dst, "*3\r\n$6\r\nAPPEND\r\n");

	p = sinkcmd_bulk(p, key, len);
	return (size_t)(sinkcmd_bulk(p, &key[len], value_len) - dst);
}

size_t
sinkcmd_word(char dst[static SINKCMD_MAX], const char *word, const char *key)
{
	char *p = sinkfmt_text(dst, "*2\r\n");

	p = sinkcmd_bulk(p, word, strlen(word));
	return (size_t)(sinkcmd_bulk(p, key, strlen(key)) - dst);
}

size_t
sinkcmd_mark(
    char dst[static SINKCMD_MAX], const char *key, uint64_t v, uint64_t life)
{
	char digit[SINKFMT_U64_MAX] = "";
	const char *end = sinkfmt_u64(digit, v);
	char *p = sinkfmt_text(dst, "*5\r\n$3\r\nSET\r\n");

	p = sinkcmd_bulk(p, key, strlen(key));
	p = sinkcmd_bulk(p, digit, (size_t)(end - digit));
	p = sinkfmt_text(p, "$2\r\nEX\r\n");
	end = sinkfmt_u64(digit, life);
	return (size_t)(sinkcmd_bulk(p, digit, (size_t)(end - digit)) - dst);
}

bool
sinkcmd_is_passing(const char *error)
{
	static const char *const word[] = { "LOADING ", "OOM ", "READONLY ",
		"BUSY ", "MISCONF ", "MASTERDOWN ", "NOREPLICAS ",
		"CLUSTERDOWN ", "TRYAGAIN ", "NOAUTH " };

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		if (strncmp(error, word[i], strlen(word[i])) == 0)
			return true;
	}
	return false;
}
