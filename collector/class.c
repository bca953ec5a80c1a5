/* SPDX-License-Identifier: BSD-3-Clause */
/* Traffic ids: a mask per port, and a sorted table of MGEN segments. */
#include "collector/class.h"

#include <stdbool.h>
#include <stdlib.h>

#include "wire/obs.h"

enum { CLASS_PORTS = 65536, CLASS_TCP = 6, CLASS_UDP = 17 };

struct class_def {
	uint32_t first, last;
	unsigned int id;
};

/* From .first up to the next segment's, flow ids have the ids .ids. */
struct class_seg {
	uint64_t first;
	uint64_t ids;
};

struct class
{
	uint64_t port[CLASS_PORTS];
	struct class_def *def; /* MGEN, as given */
	size_t n_defs, room;
	struct class_seg *seg; /* MGEN, sealed */
	size_t n_segs;
};

struct class *
class_new(void)
{
	return calloc(1, sizeof(struct class));
}

static uint64_t
class_bit(unsigned int id)
{
	return UINT64_C(1) << (id - 1);
}

void
class_ports(struct class *c, unsigned int id, uint16_t first, uint16_t last)
{
	for (unsigned int port = first; port <= last; port++)
		c->port[port] |= class_bit(id);
}

int
class_mgen(struct class *c, unsigned int id, uint32_t first, uint32_t last)
{
	if (c->n_defs == c->room) {
		const size_t room = c->room == 0 ? 16 : 2 * c->room;
		struct class_def *def;

		if (c->n_defs >= CLASS_RANGES_MAX)
			return -1;
		if ((def = reallocarray(c->def, room, sizeof(*def))) == NULL)
			return -1;
		c->def = def;
		c->room = room;
	}
	c->def[c->n_defs++] = (struct class_def){ first, last, id };
	return 0;
}

/* Where an id begins, or (after its last flow id) ends, to apply. */
struct class_edge {
	uint64_t at;
	unsigned int id;
	int step;
};

static int
class_edge_cmp(const void *a, const void *b)
{
	const struct class_edge *x = a;
	const struct class_edge *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static struct class_edge *
class_edges(const struct class *c)
{
	struct class_edge *edge = calloc(2 * c->n_defs + 1, sizeof(*edge));

	if (edge == NULL)
		return NULL;
	for (size_t i = 0; i < c->n_defs; i++) {
		const struct class_def *d = &c->def[i];

		edge[2 * i] = (struct class_edge){ d->first, d->id, 1 };
		edge[2 * i + 1] =
		    (struct class_edge){ (uint64_t)d->last + 1, d->id, -1 };
	}
	qsort(edge, 2 * c->n_defs, sizeof(*edge), class_edge_cmp);
	return edge;
}

int
class_seal(struct class *c)
{
	int depth[CLASS_ID_MAX + 1] = { 0 };
	struct class_edge *edge = class_edges(c);
	struct class_seg *seg = calloc(2 * c->n_defs + 1, sizeof(*seg));
	uint64_t ids = 0;

	free(c->seg);
	c->seg = seg;
	c->n_segs = 0;
	if (edge == NULL || seg == NULL) {
		free(edge);
		return -1;
	}
	for (size_t i = 0; i < 2 * c->n_defs; i++) {
		const struct class_edge *e = &edge[i];

		depth[e->id] += e->step;
		if (depth[e->id] > 0) {
			ids |= class_bit(e->id);
		} else {
			ids &= ~class_bit(e->id);
		}
		if (i + 1 == 2 * c->n_defs || e[1].at != e->at)
			seg[c->n_segs++] = (struct class_seg){ e->at, ids };
	}
	free(edge);
	return 0;
}

static uint64_t
class_mgen_ids(const struct class *c, uint32_t flow)
{
	size_t low = 0;
	size_t high = c->n_segs;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (c->seg[mid].first <= flow) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low == 0 ? 0 : c->seg[low - 1].ids;
}

uint64_t
class_match(const struct class *c, const struct obs_pkt *p)
{
	uint64_t ids = 0;

	if ((p->has & OBS_HAS_PORTS) != 0 &&
	    (p->proto == CLASS_TCP || p->proto == CLASS_UDP))
		ids = c->port[p->dport];
	if ((p->has & OBS_HAS_MGEN) != 0 && c->n_segs > 0)
		ids |= class_mgen_ids(c, p->mgen_flow);
	return ids;
}

static void
class_print_range(FILE *fp, unsigned int id, uint64_t first, uint64_t last,
    const char *letter)
{
	if (first == last) {
		fprintf(fp, "%u=%s%ju\n", id, letter, (uintmax_t)first);
	} else {
		fprintf(fp, "%u=%s%ju-%ju\n", id, letter, (uintmax_t)first,
		    (uintmax_t)last);
	}
}

static void
class_print_ports(const struct class *c, unsigned int id, FILE *fp)
{
	const uint64_t bit = class_bit(id);

	for (unsigned int port = 0; port < CLASS_PORTS; port++) {
		const unsigned int first = port;

		while (port < CLASS_PORTS && (c->port[port] & bit) != 0)
			port++;
		if (port > first)
			class_print_range(fp, id, first, port - 1, "");
	}
}

void
class_print(const struct class *c, FILE *fp)
{
	for (unsigned int id = 1; id <= CLASS_ID_MAX; id++) {
		class_print_ports(c, id, fp);
		for (size_t i = 0; i < c->n_defs; i++) {
			if (c->def[i].id == id) {
				class_print_range(fp, id, c->def[i].first,
				    c->def[i].last, "M");
			}
		}
	}
}

void
class_free(struct class *c)
{
	if (c == NULL)
		return;
	free(c->def);
	free(c->seg);
	free(c);
}
