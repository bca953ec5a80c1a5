/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints what a doctor found. */
#include "agent/docprint.h"

#include <inttypes.h>
#include <string.h>

#include "agent/docquote.h"

struct sums {
	size_t wrong, unread;
};

static const char *
verdict(const struct docset_item *it)
{
	if (it->err != 0)
		return "unread";
	if (docset_wrong(it))
		return "wrong";
	return it->kind == DOCSET_FACT ? "fact" : "ok";
}

static struct sums
sum(const struct docset *s)
{
	struct sums n = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		n.wrong += docset_wrong(&s->item[i]);
		n.unread += s->item[i].err != 0;
	}
	return n;
}

static void
put_item(const struct docset_item *it, FILE *fp)
{
	char subject[4 * sizeof(it->subject)];

	fprintf(fp, "%-6s %-9s %-14s %-20s ", verdict(it),
	    docset_check_name(it->check),
	    docquote_shown(subject, sizeof(subject), it->subject), it->name);
	if (it->err != 0) {
		fprintf(fp, "%s\n", strerror(it->err));
		return;
	}
	if (it->kind == DOCSET_SWITCH) {
		fprintf(fp, "%s", it->value != 0 ? "on" : "off");
	} else {
		fprintf(fp, "%" PRIu64, it->value);
	}
	if (it->kind == DOCSET_LEAST && it->want > 0)
		fprintf(fp, " of %" PRIu64, it->want);
	if (docset_wrong(it))
		fprintf(fp, ": %s", it->mend);
	fputc('\n', fp);
}

void
docprint_text(const struct docset *s, bool grown, FILE *fp)
{
	const struct sums n = sum(s);

	for (size_t i = 0; i < s->n; i++) {
		const struct docset_item *it = &s->item[i];

		if (!grown || it->kind != DOCSET_COUNTER || it->err != 0 ||
		    it->value != 0)
			put_item(it, fp);
	}
	fprintf(fp, "%zu wrong, %zu could not be read%s\n", n.wrong, n.unread,
	    s->incomplete ? ", more than fits" : "");
}

/* Names of interfaces may hold anything but a slash and white space. */
static void
put_string(const char *text, FILE *fp)
{
	fputc('"', fp);
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			fprintf(fp, "\\%c", c);
		} else if (c < 0x20 || c >= 0x7f) {
			fprintf(fp, "\\u%04x", c);
		} else {
			fputc(c, fp);
		}
	}
	fputc('"', fp);
}

static void
put_member(const char *name, const char *text, FILE *fp)
{
	fprintf(fp, ",\"%s\":", name);
	put_string(text, fp);
}

static void
put_object(const struct docset_item *it, FILE *fp)
{
	fprintf(fp, "{\"verdict\":\"%s\"", verdict(it));
	put_member("check", docset_check_name(it->check), fp);
	put_member("subject", it->subject, fp);
	put_member("name", it->name, fp);
	if (it->err != 0) {
		put_member("error", strerror(it->err), fp);
	} else if (it->kind == DOCSET_SWITCH) {
		fprintf(fp, ",\"value\":%s", it->value != 0 ? "true" : "false");
	} else {
		fprintf(fp, ",\"value\":%" PRIu64, it->value);
	}
	if (it->err == 0 && it->kind == DOCSET_LEAST)
		fprintf(fp, ",\"want\":%" PRIu64, it->want);
	if (docset_wrong(it))
		put_member("mend", it->mend, fp);
	fputc('}', fp);
}

void
docprint_json(const struct docset *s, unsigned int seconds, FILE *fp)
{
	const struct sums n = sum(s);

	fprintf(fp,
	    "{\"wrong\":%zu,\"unread\":%zu,\"incomplete\":%s,\"seconds\":%u,"
	    "\"items\":[",
	    n.wrong, n.unread, s->incomplete ? "true" : "false", seconds);
	for (size_t i = 0; i < s->n; i++) {
		if (i > 0)
			fputc(',', fp);
		put_object(&s->item[i], fp);
	}
	fputs("]}\n", fp);
}
