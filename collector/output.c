/* SPDX-License-Identifier: BSD-3-Clause */
/* One output behind the hub: what it was given, and what of that it has. */
#include "collector/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/meterlog.h"
#include "base/proc.h"

struct output *
output_new(struct sink *sink, bool prompt)
{
	struct output *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->sink = sink;
	out->prompt = prompt;
	TAILQ_INIT(&out->parts_dirty);
	TAILQ_INIT(&out->parts_flying);
	return out;
}

static void
set_dirty(struct output *out, struct part *part)
{
	out->dirty = out->fed = true;
	if (part->is_dirty)
		return;
	part->is_dirty = true;
	TAILQ_INSERT_TAIL(&out->parts_dirty, part, dirty);
}

static void
set_clean(struct output *out, struct part *part)
{
	if (part->is_dirty)
		TAILQ_REMOVE(&out->parts_dirty, part, dirty);
	part->is_dirty = false;
}

static void
set_landed(struct output *out, struct part *part)
{
	if (part->is_flying)
		TAILQ_REMOVE(&out->parts_flying, part, fly);
	part->is_flying = false;
}

static void
place(const struct part *part, struct position *ret_p)
{
	ledger_place(&part->led, ret_p);
	memcpy(ret_p->id, part->src->stream_id, sizeof(ret_p->id));
}

static void
pass_on(struct output *out, const struct part *part, uint64_t first,
    const struct obs *o, size_t n)
{
	const mono_t since = meterlog_now(out->meters);

	out->sink->type->put(out->sink, &part->src->src, first, o, n);
	if (out->meters != NULL)
		timing_put(out->meters, o, n, since);
}

void
output_put(struct output *out, struct part *part, uint64_t first,
    const struct obs *o, const struct obs *see, size_t n)
{
	struct obs loss;
	size_t known = n;

	switch (o->kind) {
	case OBS_PKT:
		known = ledger_packets(&part->led, first, n);
		break;
	case OBS_HOST:
		known = ledger_host(&part->led, first, o) ? 0 : 1;
		break;
	case OBS_LOSS:
		if (ledger_loss(&part->led, first, o, &loss)) {
			loss.time = see->time;
			see = &loss;
			known = 0;
		}
		break;
	case OBS_DNS:
		known = ledger_dns(&part->led, first, n, o->time, &loss);
		break;
	}
	if (known == n)
		return;
	set_dirty(out, part);
	pass_on(out, part, first + known, see + known, n - known);
	if (out->sink->due)
		output_commit(out);
}

/* Note a place that the next commit will have.  Returns false if it cannot. */
static bool
keep_place(struct output *out, const struct position *p)
{
	struct position *pos;
	size_t room;

	if (out->n_pos == out->room) {
		room = out->room == 0 ? 64 : 2 * out->room;
		if ((pos = realloc(out->pos, room * sizeof(*pos))) == NULL)
			return false;
		out->pos = pos;
		out->room = room;
	}
	out->pos[out->n_pos++] = *p;
	return true;
}

void
output_adopt(struct output *out, const struct position *p)
{
	(void)keep_place(out, p);
	out->fed = true;
}

void
output_stream(struct output *out, struct part *part, enum ledger_begin how,
    const struct position *p)
{
	if (how == LEDGER_RESUMED && p == NULL) {
		ledger_stream(&part->led, how);
		return;
	}
	if (part->is_dirty && part->src->has_stream) {
		struct position old;

		place(part, &old);
		(void)keep_place(out, &old);
	}
	set_clean(out, part);
	set_landed(out, part);
	ledger_stream(&part->led, LEDGER_ANEW);
	if (p != NULL)
		ledger_restore(&part->led, p);
	ledger_stream(&part->led, how);
	ledger_place(&part->led, &part->had);
}

void
output_return(struct output *out, struct part *part,
    const struct position *given, const struct position *has)
{
	struct position at = *given;

	/* It may have had more from the start than the hub let others have. */
	position_most(&at, has);
	output_stream(out, part, LEDGER_RESUMED, &at);
	part->had = *has;
	set_dirty(out, part);
}

void
output_start(struct output *out, struct part *part, uint64_t seq, uint64_t dns)
{
	ledger_start(&part->led, seq, dns);
	ledger_place(&part->led, &part->had);
	set_dirty(out, part);
}

void
output_bye(struct output *out, struct part *part, uint64_t next)
{
	if (part->led.next >= next)
		return;
	ledger_bye(&part->led, next);
	set_dirty(out, part);
}

int
output_flush(struct output *out)
{
	out->dirty = false;
	if (out->gone || out->sink->type->flush(out->sink, proc_mono()) == 0)
		return 0;
	out->gone = true;
	out->failed = out->sink->broken;
	return -1;
}

static void
landed(struct output *out)
{
	struct part *part;

	while ((part = TAILQ_FIRST(&out->parts_flying)) != NULL) {
		part->had = part->flying;
		set_landed(out, part);
	}
	out->waiting = false;
}

static void
take_off(struct output *out)
{
	struct part *part;

	while ((part = TAILQ_FIRST(&out->parts_dirty)) != NULL) {
		place(part, &part->flying);
		set_clean(out, part);
		part->is_flying = true;
		TAILQ_INSERT_TAIL(&out->parts_flying, part, fly);
	}
	out->n_pos = 0;
	out->fed = false;
	out->waiting = true;
}

/* Note all places that changed.  Returns false if it cannot. */
static bool
keep_places(struct output *out)
{
	const struct part *part;
	struct position now;
	bool all = true;

	TAILQ_FOREACH(part, &out->parts_dirty, dirty) {
		place(part, &now);
		if (part->src->has_stream)
			all &= keep_place(out, &now);
	}
	return all;
}

void
output_commit(struct output *out)
{
	const struct sink_type *type = out->sink->type;
	const size_t n_old = out->n_pos;
	int rc = 1;

	if (out->waiting) {
		out->wanted = true;
		return;
	}
	out->wanted = false;
	if (out->gone || !out->fed)
		return;
	if (type->commit != NULL) {
		rc = keep_places(out)
			 ? type->commit(out->sink, out->pos, out->n_pos)
			 : -1;
	}
	out->n_pos = n_old;
	out->refused = rc < 0;
	if (out->refused)
		return;
	take_off(out);
	if (rc > 0)
		landed(out);
}

void
output_poll(struct output *out)
{
	if (out->waiting && out->sink->type->had(out->sink))
		landed(out);
	if (!out->waiting && out->wanted)
		output_commit(out);
}

bool
output_is_clean(const struct output *out)
{
	return out->gone || (!out->waiting && !out->fed);
}

void
output_free(struct output *out)
{
	if (out == NULL)
		return;
	out->sink->type->close(out->sink);
	free(out->pos);
	free(out);
}
