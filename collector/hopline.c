/* SPDX-License-Identifier: BSD-3-Clause */
/* What there is to say of a flow along its path. */
#include "collector/hopline.h"

/* The edge from ${place} that most packets took; NULL: they end there. */
static const struct hopflow_edge *
main_edge(const struct hopflow *f, uint8_t place)
{
	const struct hopflow_edge *e, *most = NULL;

	STAILQ_FOREACH(e, &f->edges, link) {
		if (e->from == place &&
		    (most == NULL || e->packets > most->packets))
			most = e;
	}
	return most;
}

static void
emit_edge(const struct hopflow *f, const struct hopflow_edge *e, bool is_main,
    hopflow_fn *emit, void *arg)
{
	const struct hopflow_place *from = &f->place[e->from];
	const struct hopflow_line line = { .kind = HOPFLOW_HOP,
		.first = f->first,
		.last = f->last,
		.key = &f->key,
		.from = &from->at,
		.to = &f->place[e->to].at,
		.seen = from->packets,
		.packets = e->packets,
		.octets = e->octets,
		.counts_lost = is_main || f->spreads,
		.lost = f->spreads ? from->packets - e->packets : from->ended,
		.repeated = e->repeated,
		.unpaired = e->unpaired,
		.delay = &e->delay,
		.ranks = mgendelay_ranks_of(&e->sketch, &e->delay) };

	emit(arg, &line);
}

static void
emit_end(const struct hopflow *f, const struct hopflow_place *p,
    hopflow_fn *emit, void *arg)
{
	const struct hopflow_line line = { .kind = HOPFLOW_END,
		.first = f->first,
		.last = f->last,
		.key = &f->key,
		.from = &p->at,
		.seen = p->packets,
		.packets = p->packets,
		.octets = p->octets };

	emit(arg, &line);
}

void
hopline_emit(const struct hopflow *f, hopflow_fn *emit, void *arg)
{
	for (unsigned int i = 0; i < f->n_places; i++) {
		const struct hopflow_place *p = &f->place[f->order[i]];
		const struct hopflow_edge *most = main_edge(f, f->order[i]);
		const struct hopflow_edge *e;

		if (p->packets == 0)
			continue;
		if (most == NULL)
			emit_end(f, p, emit, arg);
		STAILQ_FOREACH(e, &f->edges, link) {
			if (e->from == f->order[i] &&
			    (e->packets > 0 || e == most))
				emit_edge(f, e, e == most, emit, arg);
		}
	}
}
