/* SPDX-License-Identifier: BSD-3-Clause */
/* All outputs: everything goes to each of them, and each has it or not. */
#include "collector/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/proc.h"
#include "wire/pack.h"

/* Standard output has a reader who waits; files have not. */
static bool
is_prompt(const char *spec)
{
	const char *colon = strchr(spec, ':');

	return strcmp(spec, "out") == 0 ||
	       (colon == NULL && strcmp(spec, "redis") != 0) ||
	       (colon != NULL && strcmp(colon, ":-") == 0);
}

int
outputs_add(struct outputs *os, const struct conf *conf, struct ev_loop *loop,
    const char *spec)
{
	struct output **grown =
	    realloc(os->out, (os->n + 1) * sizeof(struct output *));
	struct sink *sink;

	if (grown == NULL) {
		log_error("output %s", spec);
		return -1;
	}
	os->out = grown;
	if ((sink = sink_open(conf, spec, loop)) == NULL)
		return -1;
	if ((grown[os->n] = output_new(sink, is_prompt(spec))) == NULL) {
		log_error("output %s", spec);
		sink->type->close(sink);
		return -1;
	}
	os->n++;
	return 0;
}

uint32_t
outputs_fields(const struct outputs *os)
{
	uint32_t fields = 0;

	for (size_t i = 0; i < os->n; i++)
		fields |= os->out[i]->sink->type->fields;
	return fields;
}

int
outputs_keep(struct outputs *os, const struct sink_keep *k)
{
	for (size_t i = 0; i < os->n; i++) {
		struct sink *sink = os->out[i]->sink;

		if (sink->type->keep != NULL && sink->type->keep(sink, k) != 0)
			return -1;
	}
	return 0;
}

/*
 * How far the outputs are that remember: the least; one that does not know the
 * stream is at ${start}, or at its very beginning if that is NULL.
 */
static bool
known(const struct outputs *os, const uint8_t *id, const struct position *start,
    struct position *ret_p)
{
	const struct position none = { 0 };
	bool any = start != NULL;
	bool first = true;

	if (start == NULL)
		start = &none;
	*ret_p = *start;
	for (size_t i = 0; i < os->n; i++) {
		const struct sink *sink = os->out[i]->sink;
		const struct position *p;

		if (sink->has == NULL || sink->fresh)
			continue;
		p = positions_find(sink->has, id);
		any |= p != NULL;
		if (first) {
			*ret_p = p == NULL ? *start : *p;
		} else {
			position_least(ret_p, p == NULL ? start : p);
		}
		first = false;
	}
	memcpy(ret_p->id, id, POSITION_ID);
	return any;
}

/*
 * An output that begins to remember now does not ask for what others have had
 * for long: it goes on where they do.
 */
static void
adopt_all(struct outputs *os, struct output *fresh)
{
	struct position least;

	for (size_t i = 0; i < os->n; i++) {
		const struct sink *sink = os->out[i]->sink;
		const struct position *p = NULL;

		if (sink->has == NULL || sink->fresh)
			continue;
		while ((p = positions_next(sink->has, p)) != NULL) {
			if (known(os, p->id, NULL, &least))
				output_adopt(fresh, &least);
		}
	}
	output_commit(fresh);
}

bool
outputs_are_ready(struct outputs *os)
{
	for (size_t i = 0; i < os->n && !os->ready; i++) {
		const struct sink *sink = os->out[i]->sink;

		if (sink->type->ready != NULL && !sink->type->ready(sink))
			return false;
	}
	for (size_t i = 0; i < os->n && !os->ready; i++) {
		if (os->out[i]->sink->has != NULL && os->out[i]->sink->fresh)
			adopt_all(os, os->out[i]);
	}
	for (size_t i = 0; i < os->n; i++) {
		os->keeps |= os->out[i]->sink->has != NULL;
		os->out[i]->sink->fresh = false;
	}
	os->ready = true;
	return true;
}

struct part *
outputs_parts(const struct outputs *os, const struct source *s)
{
	struct part *part = calloc(os->n + 1, sizeof(*part));

	for (size_t i = 0; part != NULL && i < os->n; i++) {
		part[i].src = s;
		ledger_stream(&part[i].led, LEDGER_PLAIN);
	}
	return part;
}

int
outputs_correct(struct outputs *os)
{
	os->fixed = malloc(PACK_RECORDS_MAX * sizeof(*os->fixed));
	return os->fixed == NULL ? -1 : 0;
}

/* What the outputs are to see of ${o}. */
static const struct obs *
shown(const struct outputs *os, const struct source *s, const struct obs *o,
    size_t n)
{
	if (os->fixed == NULL || n > PACK_RECORDS_MAX)
		return o;
	memcpy(os->fixed, o, n * sizeof(*o));
	for (size_t i = 0; i < n; i++)
		os->fixed[i].time = source_time_of(s, &o[i]);
	return os->fixed;
}

void
outputs_put(struct outputs *os, struct part *part, uint64_t first,
    const struct obs *o, size_t n)
{
	const struct obs *see;

	if (os->n == 0)
		return;
	see = shown(os, part->src, o, n);
	for (size_t i = 0; i < os->n; i++)
		output_put(os->out[i], &part[i], first, o, see, n);
}

void
outputs_stream(struct outputs *os, struct part *part, enum ledger_begin how)
{
	for (size_t i = 0; i < os->n; i++)
		output_stream(os->out[i], &part[i], how, NULL);
}

void
outputs_start(struct outputs *os, struct part *part, uint64_t seq, uint64_t dns)
{
	for (size_t i = 0; i < os->n; i++)
		output_start(os->out[i], &part[i], seq, dns);
}

/* How much ${out} has of the stream ${id}; NULL: it does not remember any. */
static const struct position *
stored(const struct output *out, const uint8_t *id)
{
	const struct positions *has = out->sink->has;

	return has == NULL ? NULL : positions_find(has, id);
}

/* An output that does not remember is given nothing that any other has. */
static void
most(const struct outputs *os, const uint8_t *id, struct position *ret_p)
{
	for (size_t i = 0; i < os->n; i++) {
		const struct position *p = stored(os->out[i], id);

		if (p != NULL && p->next >= ret_p->next)
			*ret_p = *p;
	}
}

bool
outputs_restore(struct outputs *os, struct part *part,
    const uint8_t id[static POSITION_ID], const struct position *start,
    struct position *ret_p)
{
	const struct position none = { 0 };
	struct position far;

	if (!os->keeps || !known(os, id, start, ret_p))
		return false;
	if (start == NULL)
		start = &none;
	far = *ret_p;
	most(os, id, &far);
	for (size_t i = 0; i < os->n; i++) {
		const struct positions *has = os->out[i]->sink->has;
		const struct position *p =
		    has == NULL ? &far : positions_find(has, id);

		output_stream(os->out[i], &part[i], LEDGER_RESUMED,
		    p == NULL ? start : p);
	}
	return true;
}

void
outputs_return(struct outputs *os, struct part *part,
    const struct position *given, const struct position *start)
{
	const struct position none = { 0 };

	if (start == NULL)
		start = &none;
	for (size_t i = 0; i < os->n; i++) {
		const struct position *p = stored(os->out[i], given->id);

		output_return(
		    os->out[i], &part[i], given, p == NULL ? start : p);
	}
}

void
outputs_bye(struct outputs *os, struct part *part, uint64_t next)
{
	for (size_t i = 0; i < os->n; i++)
		output_bye(os->out[i], &part[i], next);
}

bool
outputs_had(
    const struct outputs *os, const struct part *part, struct position *ret_p)
{
	bool any = false;

	for (size_t i = 0; i < os->n; i++) {
		if (os->out[i]->gone)
			continue;
		if (any) {
			position_least(ret_p, &part[i].had);
		} else {
			*ret_p = part[i].had;
		}
		any = true;
	}
	return any;
}

static void
flush(struct outputs *os, struct output *out)
{
	if (output_flush(out) != 0)
		os->gone(os->arg, out->sink->type->name);
}

void
outputs_flush(struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++)
		flush(os, os->out[i]);
}

void
outputs_commit(struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++) {
		if (os->out[i]->sink->type->commit == NULL)
			flush(os, os->out[i]);
		output_commit(os->out[i]);
	}
}

void
outputs_turn(struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++) {
		struct output *out = os->out[i];

		if (out->prompt && out->dirty)
			flush(os, out);
		output_poll(out);
		if (out->meters != NULL) {
			timing_backlog(out->meters, &out->backlog,
			    out->sink->type->waiting(out->sink));
		}
	}
}

void
outputs_clock(struct outputs *os, wall_t now)
{
	for (size_t i = 0; i < os->n; i++) {
		struct sink *k = os->out[i]->sink;

		if (k->type->clock != NULL)
			k->type->clock(k, now);
	}
}

void
outputs_offset(struct outputs *os, const struct sink_src *src, wall_t now)
{
	for (size_t i = 0; i < os->n; i++) {
		struct output *out = os->out[i];

		if (out->sink->type->offset == NULL)
			continue;
		out->sink->type->offset(out->sink, src, now);
		out->dirty = out->fed = true;
	}
}

void
outputs_silent(struct outputs *os, const struct sink_src *src)
{
	for (size_t i = 0; i < os->n; i++) {
		struct sink *k = os->out[i]->sink;

		if (k->type->gone != NULL)
			k->type->gone(k, src);
	}
}

void
outputs_meters(struct outputs *os, struct meterlog *meters)
{
	for (size_t i = 0; i < os->n; i++) {
		if (os->out[i]->sink->type->waiting != NULL)
			os->out[i]->meters = meters;
	}
}

bool
outputs_are_full(const struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++) {
		const struct sink *k = os->out[i]->sink;

		if (k->type->full != NULL && k->type->full(k))
			return true;
	}
	return false;
}

/* What was written under the old name is had there. */
void
outputs_reopen(struct outputs *os)
{
	outputs_commit(os);
	for (size_t i = 0; i < os->n; i++) {
		struct sink *k = os->out[i]->sink;

		k->type->reopen(k);
	}
}

bool
outputs_drain(struct outputs *os)
{
	bool all = true;

	for (size_t i = 0; i < os->n; i++) {
		struct output *out = os->out[i];
		int r = 1;

		output_commit(out);
		output_poll(out);
		if (!out->gone && !out->failed)
			r = out->sink->type->drain(out->sink);
		out->failed |= r < 0 || (r > 0 && out->refused);
		if (r == 0 || (!out->failed && !output_is_clean(out)))
			all = false;
	}
	return all;
}

bool
outputs_failed(const struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++) {
		if (os->out[i]->failed)
			return true;
	}
	return false;
}

void
outputs_print(const struct outputs *os, FILE *fp)
{
	for (size_t i = 0; i < os->n; i++)
		os->out[i]->sink->type->stats(os->out[i]->sink, fp);
}

void
outputs_done(struct outputs *os)
{
	for (size_t i = 0; i < os->n; i++)
		output_free(os->out[i]);
	free(os->out);
	free(os->fixed);
	os->out = NULL;
	os->fixed = NULL;
	os->n = 0;
}
