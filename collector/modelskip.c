/* SPDX-License-Identifier: BSD-3-Clause */
/* Patterns of questions: domains, or parts of their text. */
#include "collector/modelskip.h"

#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

struct modelskip_pattern {
	char *text; /* in lower case */
	uint8_t domain[DNSNAME_MAX];
};

struct modelskip {
	struct modelskip_pattern *pattern[MODELSKIP_MAX];
	size_t n;
	bool substring;
};

struct modelskip *
modelskip_new(void)
{
	return calloc(1, sizeof(struct modelskip));
}

static void
modelskip_lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
	}
}

const char *
modelskip_add(struct modelskip *s, const char *text)
{
	struct modelskip_pattern *p;

	if (*text == '\0')
		return "is empty";
	if (s->n == MODELSKIP_MAX)
		return "is one too many";
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return "finds no memory";
	if ((p->text = strdup(text)) == NULL) {
		free(p);
		return "finds no memory";
	}
	modelskip_lower(p->text);
	s->pattern[s->n++] = p;
	return NULL;
}

const char *
modelskip_seal(struct modelskip *s, bool substring)
{
	s->substring = substring;
	for (size_t i = 0; i < s->n && !substring; i++) {
		struct modelskip_pattern *p = s->pattern[i];
		const char *from = p->text;

		if (from[0] == '.' && from[1] != '\0')
			from++;
		if (dnsname_parse(p->domain, from, strlen(from)) == 0)
			return p->text;
		dnsname_lower(p->domain); /* "\065" was no letter before */
	}
	return NULL;
}

bool
modelskip_has(const struct modelskip *s, const uint8_t *name, const char *text,
    size_t len)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct modelskip_pattern *p = s->pattern[i];

		if (s->substring
			? memmem(text, len, p->text, strlen(p->text)) != NULL
			: dnsname_is_under(name, p->domain))
			return true;
	}
	return false;
}

void
modelskip_print(const struct modelskip *s, FILE *fp)
{
	for (size_t i = 0; i < s->n; i++)
		fprintf(fp, "dns.ignore = %s\n", s->pattern[i]->text);
}

void
modelskip_free(struct modelskip *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->pattern[i]->text);
		free(s->pattern[i]);
	}
	free(s);
}
