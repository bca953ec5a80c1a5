/* SPDX-License-Identifier: BSD-3-Clause */
/* Whom a stream is kept for, and from where on. */
#include "agent/spoolowed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"

#define NUMBER 21 /* octets of a number and the space behind it */

/* A name comes from who is called so, or from a file. */
static void
clean(char dst[static SPOOLOWED_WHO_MAX], const char *who)
{
	hello_text(dst, SPOOLOWED_WHO_MAX, who, strlen(who));
}

struct spoolowed_one *
spoolowed_find(struct spoolowed *l, const char *who)
{
	char name[SPOOLOWED_WHO_MAX];

	clean(name, who);
	for (unsigned int i = 0; i < l->n; i++) {
		if (strcmp(l->one[i].who, name) == 0)
			return &l->one[i];
	}
	return NULL;
}

struct spoolowed_one *
spoolowed_put(struct spoolowed *l, const char *who, uint64_t seq, uint64_t dns)
{
	struct spoolowed_one *one = spoolowed_find(l, who);

	if (one == NULL) {
		if (l->n == SPOOLOWED_MAX || who[0] == '\0')
			return NULL;
		one = &l->one[l->n++];
		memset(one, 0, sizeof(*one));
		clean(one->who, who);
		one->seq = seq;
		one->dns = dns;
	}
	if (seq < one->seq)
		one->seq = seq;
	if (dns < one->dns)
		one->dns = dns;
	return one;
}

void
spoolowed_drop(struct spoolowed *l, struct spoolowed_one *one)
{
	struct spoolowed_one *last = &l->one[--l->n];

	if (one != last)
		*one = *last;
	memset(last, 0, sizeof(*last));
}

bool
spoolowed_expire(struct spoolowed *l, mono_t now, int64_t patience_ns)
{
	const unsigned int n = l->n;

	for (unsigned int i = n; i-- > 0;) {
		struct spoolowed_one *one = &l->one[i];

		if (one->readers == 0 && now.ns - one->since.ns >= patience_ns)
			spoolowed_drop(l, one);
	}
	return l->n < n;
}

bool
spoolowed_has_id(const char *who)
{
	return who[0] == '#';
}

size_t
spoolowed_line(
    const struct spoolowed_one *one, char dst[static SPOOLOWED_LINE_MAX])
{
	return (size_t)snprintf(dst, SPOOLOWED_LINE_MAX,
	    "owed %020" PRIu64 " %020" PRIu64 " %s\n", one->seq, one->dns,
	    one->who);
}

/* Step over a number and the space behind it.  Returns whether it is one. */
static bool
take_number(const char **p, uint64_t *ret_n)
{
	if (strspn(*p, "0123456789") != NUMBER - 1 || (*p)[NUMBER - 1] != ' ')
		return false;
	*ret_n = strtoull(*p, NULL, 10);
	*p += NUMBER;
	return true;
}

void
spoolowed_read(struct spoolowed *l, const char *text)
{
	char who[SPOOLOWED_WHO_MAX];
	uint64_t seq, dns;
	const char *end;

	while (strncmp(text, "owed ", 5) == 0 &&
	       (end = strchr(text, '\n')) != NULL) {
		text += 5;
		if (!take_number(&text, &seq) || !take_number(&text, &dns) ||
		    text >= end)
			return;
		hello_text(who, sizeof(who), text, (size_t)(end - text));
		(void)spoolowed_put(l, who, seq, dns);
		text = end + 1;
	}
}
