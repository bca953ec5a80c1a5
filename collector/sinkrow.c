/* SPDX-License-Identifier: BSD-3-Clause */
/* A line of fields that is text, CSV or JSON: the same ones in the same order. */
#include "collector/sinkrow.h"

#include "collector/modelnet.h"
#include "collector/sinkfmt.h"

enum { DELAY_FIELDS = 7 };

void
sinkrow_field(struct sinkrow *w)
{
	if (w->form == SINKROW_JSON) {
		*w->p++ = w->n == 0 ? '{' : ',';
		*w->p++ = '"';
		w->p = sinkfmt_text(w->p, w->name[w->n]);
		w->p = sinkfmt_text(w->p, "\":");
	} else if (w->n > 0) {
		*w->p++ = w->form == SINKROW_CSV ? ',' : ' ';
	}
	w->n++;
}

void
sinkrow_none(struct sinkrow *w)
{
	if (w->form == SINKROW_JSON) {
		w->n++;
		return;
	}
	sinkrow_field(w);
	if (w->form == SINKROW_TEXT)
		*w->p++ = '-';
}

void
sinkrow_skip(struct sinkrow *w, unsigned int n)
{
	while (n-- > 0)
		sinkrow_none(w);
}

void
sinkrow_num(struct sinkrow *w, bool applies, uint64_t v)
{
	if (!applies) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	w->p = sinkfmt_u64(w->p, v);
}

void
sinkrow_word(struct sinkrow *w, const char *text)
{
	if (text == NULL) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	if (w->form == SINKROW_JSON)
		*w->p++ = '"';
	w->p = sinkfmt_text(w->p, text);
	if (w->form == SINKROW_JSON)
		*w->p++ = '"';
}

void
sinkrow_time(struct sinkrow *w, wall_t t)
{
	const bool quoted =
	    w->form == SINKROW_JSON && w->time_format == CONF_TIME_ISO;

	sinkrow_field(w);
	if (quoted)
		*w->p++ = '"';
	w->p = sinkfmt_time(w->p, t, w->time_format);
	if (quoted)
		*w->p++ = '"';
}

void
sinkrow_name(struct sinkrow *w, const char *text, size_t max)
{
	sinkrow_field(w);
	switch (w->form) {
	case SINKROW_TEXT:
		w->p = sinkfmt_label(w->p, text, max, "\\");
		break;
	case SINKROW_CSV:
		w->p = sinkfmt_csv(w->p, text, max);
		break;
	case SINKROW_JSON:
		w->p = sinkfmt_json(w->p, text, max);
		break;
	}
}

void
sinkrow_span(struct sinkrow *w, bool applies, int64_t ns)
{
	const int64_t us = ns / MONO_NS_PER_US;

	if (!applies) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	if (us < 0)
		*w->p++ = '-';
	w->p = sinkfmt_usec(
	    w->p, (wall_t){ (us < 0 ? -us : us) * MONO_NS_PER_US });
}

void
sinkrow_delays(struct sinkrow *w, const struct mgendelay *d,
    const struct mgendelay_ranks *r)
{
	static const struct mgendelay_ranks none;

	if (d == NULL || d->n == 0) {
		sinkrow_skip(w, DELAY_FIELDS);
		return;
	}
	if (r == NULL)
		r = &none;
	sinkrow_span(w, true, d->min);
	sinkrow_span(w, true, mgendelay_mean(d));
	sinkrow_span(w, r->placed, r->p50);
	sinkrow_span(w, r->placed, r->p95);
	sinkrow_span(w, r->placed, r->p99);
	sinkrow_span(w, true, d->max);
	sinkrow_num(w, true, d->negative);
}

static void
put_addr(struct sinkrow *w, uint8_t ipver, const uint8_t *addr)
{
	char text[MODELNET_ADDR_MAX + 1];

	*sinkfmt_addr(text, ipver, addr) = '\0';
	sinkrow_word(w, text);
}

void
sinkrow_ends(struct sinkrow *w, uint8_t ipver, const uint8_t *src,
    uint16_t sport, const uint8_t *dst, uint16_t dport)
{
	const bool ports = sport != 0 || dport != 0;

	put_addr(w, ipver, src);
	sinkrow_num(w, ports, sport);
	put_addr(w, ipver, dst);
	sinkrow_num(w, ports, dport);
}

size_t
sinkrow_finish(struct sinkrow *w, const char *from)
{
	if (w->form == SINKROW_JSON)
		*w->p++ = '}';
	*w->p++ = '\n';
	return (size_t)(w->p - from);
}
