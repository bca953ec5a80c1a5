/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of messages: when each came to which place; then what pairs share. */
#include "collector/mgenpath.h"

#include <stdlib.h>
#include <string.h>

#include "wire/obs.h"

#define NEVER INT64_MIN

enum {
	PLACES_FIRST = 4, /* both are doubled where need be */
	ROWS_FIRST = 64,
	ROWS_SORT = 256 /* waiting messages by which places are put in order */
};

/* A message that waits: ${n} places saw it, at .time. */
struct row {
	wall_t tx;   /* as the message says */
	wall_t sent; /* as far as that is known */
	uint32_t seq;
	uint32_t n;
	int64_t time[];
};

/* Of the places i < j, at i * cap + j. */
struct cell {
	struct mgendelay delay; /* from i to j */
	uint64_t zero;          /* of those, neither way */
	uint64_t next, back;    /* next to each other: i first, j first */
};

struct mgenpath {
	bool tree;
	bool unsorted;
	unsigned int n, cap;
	size_t rows;       /* a power of two */
	size_t took;       /* octets of room */
	uint64_t finished; /* messages that wait no more */
	wall_t gone;       /* latest transmit time of those */
	uint8_t order[MGENPATH_PLACES];
	struct mgenpath_place *place;
	struct cell *cell;
	char *row;
};

/* ---- memory -------------------------------------------------------------- */

static size_t
row_size(unsigned int cap)
{
	return sizeof(struct row) + cap * sizeof(int64_t);
}

static size_t
octets(unsigned int cap, size_t rows)
{
	return sizeof(struct mgenpath) + cap * sizeof(struct mgenpath_place) +
	       (size_t)cap * cap * sizeof(struct cell) + rows * row_size(cap);
}

static struct row *
row_at(const struct mgenpath *m, size_t i)
{
	return (struct row *)(void *)(m->row + i * row_size(m->cap));
}

static void
release(struct mgenpath *m)
{
	if (m == NULL)
		return;
	free(m->place);
	free(m->cell);
	free(m->row);
	free(m);
}

/* An empty one of this size, or NULL; room is not counted. */
static struct mgenpath *
make(bool tree, unsigned int cap, size_t rows)
{
	struct mgenpath *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->tree = tree;
	m->cap = cap;
	m->rows = rows;
	m->gone.ns = INT64_MIN;
	m->took = octets(cap, rows);
	m->place = calloc(cap, sizeof(*m->place));
	m->cell = calloc((size_t)cap * cap, sizeof(*m->cell));
	m->row = calloc(rows, row_size(cap));
	if (m->place != NULL && m->cell != NULL && m->row != NULL)
		return m;
	release(m);
	return NULL;
}

struct mgenpath *
mgenpath_new(bool tree, size_t *room)
{
	const size_t need = octets(PLACES_FIRST, ROWS_FIRST);
	struct mgenpath *m;

	if (*room < need || (m = make(tree, PLACES_FIRST, ROWS_FIRST)) == NULL)
		return NULL;
	*room -= need;
	return m;
}

static void
copy_row(const struct mgenpath *from, const struct row *r, struct mgenpath *to)
{
	struct row *dst = row_at(to, r->seq & (to->rows - 1));

	dst->tx = r->tx;
	dst->sent = r->sent;
	dst->seq = r->seq;
	dst->n = r->n;
	for (unsigned int i = 0; i < to->cap; i++)
		dst->time[i] = i < from->cap ? r->time[i] : NEVER;
}

/* Rows that had places of their own have them in more rows, too. */
static void
copy(const struct mgenpath *from, struct mgenpath *to)
{
	to->unsorted = from->unsorted;
	to->n = from->n;
	to->finished = from->finished;
	to->gone = from->gone;
	memcpy(to->order, from->order, sizeof(to->order));
	memcpy(to->place, from->place, from->n * sizeof(*to->place));
	for (unsigned int i = 0; i < from->n; i++) {
		memcpy(&to->cell[(size_t)i * to->cap],
		    &from->cell[(size_t)i * from->cap],
		    from->n * sizeof(*to->cell));
	}
	for (size_t i = 0; i < from->rows; i++) {
		if (row_at(from, i)->n > 0)
			copy_row(from, row_at(from, i), to);
	}
}

/* Move to a larger one.  Returns whether there was room. */
static bool
grow(struct mgenpath **m, unsigned int cap, size_t rows, size_t *room)
{
	const size_t more = octets(cap, rows) - (*m)->took;
	struct mgenpath *to;

	if (more > *room || (to = make((*m)->tree, cap, rows)) == NULL)
		return false;
	copy(*m, to);
	release(*m);
	*m = to;
	*room -= more;
	return true;
}

int
mgenpath_add(struct mgenpath **m, uint8_t role, unsigned int node, size_t *room)
{
	struct mgenpath *p = *m;

	if (p->n == MGENPATH_PLACES ||
	    (p->n == p->cap && !grow(m, p->cap * 2, p->rows, room)))
		return -1;
	p = *m;
	p->place[p->n] = (struct mgenpath_place){ .role = role, .node = node };
	p->order[p->n] = (uint8_t)p->n;
	p->unsorted = true;
	return (int)p->n++;
}

void
mgenpath_free(struct mgenpath *m, size_t *room)
{
	if (m != NULL)
		*room += m->took;
	release(m);
}

/* ---- the order of places ------------------------------------------------- */

/* A message to a group comes to its members in any order. */
static int
rank(const struct mgenpath *m, unsigned int i)
{
	if (m->place[i].role == OBS_ROLE_ORIGINATED)
		return 0;
	return m->place[i].role == OBS_ROLE_DELIVERED && !m->tree ? 2 : 1;
}

/* Is ${b} before ${a}, which has the lower number?  Same messages decide. */
static bool
is_swapped(const struct mgenpath *m, unsigned int a, unsigned int b)
{
	const size_t rows = m->rows < ROWS_SORT ? m->rows : ROWS_SORT;
	const struct cell *c = &m->cell[(size_t)a * m->cap + b];
	__extension__ __int128 sum = c->delay.sum;
	bool any = c->delay.n > 0;

	if (rank(m, a) != rank(m, b))
		return rank(m, b) < rank(m, a);
	for (size_t i = 0; i < rows; i++) {
		const struct row *r = row_at(m, i);

		if (r->n == 0 || r->time[a] == NEVER || r->time[b] == NEVER)
			continue;
		sum += mono_minus(r->time[b], r->time[a]);
		any = true;
	}
	if (any || m->place[a].since.n == 0 || m->place[b].since.n == 0)
		return sum < 0;
	return m->place[b].since.min < m->place[a].since.min;
}

static bool
is_before(const struct mgenpath *m, unsigned int a, unsigned int b)
{
	return a < b ? !is_swapped(m, a, b) : is_swapped(m, b, a);
}

static void
sort(struct mgenpath *m)
{
	for (unsigned int i = 1; i < m->n; i++) {
		const uint8_t at = m->order[i];
		unsigned int k = i;

		for (; k > 0 && is_before(m, at, m->order[k - 1]); k--)
			m->order[k] = m->order[k - 1];
		m->order[k] = at;
	}
	m->unsorted = false;
}

/* ---- messages ------------------------------------------------------------ */

/* Did the message of ${r} come to this node first here? */
static bool
is_arrival(const struct mgenpath *m, const struct row *r, unsigned int at)
{
	if (m->place[at].role != OBS_ROLE_DELIVERED)
		return false;
	for (unsigned int i = 0; i < m->n; i++) {
		if (i == at || m->place[i].node != m->place[at].node ||
		    m->place[i].role != OBS_ROLE_DELIVERED ||
		    r->time[i] == NEVER)
			continue;
		if (r->time[i] < r->time[at] ||
		    (i < at && r->time[i] == r->time[at]))
			return false;
	}
	return true;
}

static void
pair(struct mgenpath *m, const struct row *r, unsigned int a, unsigned int b)
{
	struct cell *c = &m->cell[(size_t)a * m->cap + b];
	const int64_t d = mono_minus(r->time[b], r->time[a]);

	mgendelay_add(&c->delay, d);
	c->zero += d == 0;
}

/* ${b} is the first place behind ${a} that saw the message. */
static void
follows(struct mgenpath *m, unsigned int a, unsigned int b)
{
	if (a < b) {
		m->cell[(size_t)a * m->cap + b].next++;
	} else {
		m->cell[(size_t)b * m->cap + a].back++;
	}
}

/* Count the message of ${r}. */
static void
count(struct mgenpath *m, const struct row *r)
{
	unsigned int was[MGENPATH_PLACES];
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->n && n < r->n; i++) {
		const unsigned int at = m->order[i];
		struct mgenpath_place *p = &m->place[at];

		if (r->time[at] == NEVER)
			continue;
		mgendelay_add(&p->since, mono_minus(r->time[at], r->sent.ns));
		if (is_arrival(m, r, at)) {
			mgendelay_add(
			    &p->came, mono_minus(r->time[at], r->sent.ns));
		}
		for (unsigned int k = 0; k < n; k++) {
			pair(m, r, was[k] < at ? was[k] : at,
			    was[k] < at ? at : was[k]);
		}
		if (n == 0) {
			p->first++;
		} else {
			follows(m, was[n - 1], at);
		}
		was[n++] = at;
	}
	if (n > 0)
		m->place[was[n - 1]].last++;
}

/* Count it, and let it wait no more. */
static void
finish(struct mgenpath *m, struct row *r)
{
	count(m, r);
	r->n = 0;
	if (r->tx.ns > m->gone.ns)
		m->gone = r->tx;
	m->finished++;
	if ((m->finished & (m->finished - 1)) == 0)
		m->unsorted = true;
}

/*
 * The row for a message: that of another one, sent before, may have to be
 * finished; NULL when the other one was sent later.
 */
static struct row *
claim(struct mgenpath **m, uint32_t seq, wall_t tx, size_t *room)
{
	const int64_t horizon = MGENPATH_HORIZON_S * MONO_NS_PER_S;
	struct row *r;

	for (;;) {
		r = row_at(*m, seq & ((*m)->rows - 1));
		if (r->n == 0)
			break;
		if (r->seq == seq && r->tx.ns == tx.ns)
			return r;
		if (tx.ns < r->tx.ns)
			return NULL;
		if (r->seq == seq || mono_minus(tx.ns, r->tx.ns) > horizon ||
		    (*m)->rows == MGENPATH_ROWS ||
		    !grow(m, (*m)->cap, (*m)->rows * 2, room)) {
			if ((*m)->unsorted)
				sort(*m);
			finish(*m, r);
			break;
		}
	}
	r->seq = seq;
	r->tx = tx;
	for (unsigned int i = 0; i < (*m)->cap; i++)
		r->time[i] = NEVER;
	return r;
}

void
mgenpath_put(struct mgenpath **m, int place, uint32_t seq,
    const wall_t times[static 3], size_t *room)
{
	struct row *r = claim(m, seq, times[0], room);

	if (r == NULL) {
		(*m)->place[place].late++;
		return;
	}
	r->sent = times[2];
	r->n += r->time[place] == NEVER;
	r->time[place] = times[1].ns == NEVER ? NEVER + 1 : times[1].ns;
}

void
mgenpath_settle(struct mgenpath *m)
{
	sort(m);
	for (size_t i = 0; i < m->rows; i++) {
		if (row_at(m, i)->n > 0)
			finish(m, row_at(m, i));
	}
	sort(m);
}

bool
mgenpath_next(const struct mgenpath *m, wall_t from, wall_t *ret_tx)
{
	bool any = false;

	for (size_t i = 0; i < m->rows; i++) {
		const struct row *r = row_at(m, i);

		if (r->n == 0 || r->tx.ns < from.ns ||
		    (any && r->tx.ns >= ret_tx->ns))
			continue;
		*ret_tx = r->tx;
		any = true;
	}
	return any;
}

/* Widen ${span}, of numbers around ${base}, which wrap. */
static void
widen(int32_t span[static 2], uint32_t base, uint32_t seq)
{
	const int32_t at = (int32_t)(seq - base);

	if (at < span[0])
		span[0] = at;
	if (at > span[1])
		span[1] = at;
}

struct mgenpath *
mgenpath_part(struct mgenpath *m, wall_t from, wall_t to, uint64_t *ret_sent)
{
	struct mgenpath *part;
	int32_t span[2] = { 0, 0 };
	uint32_t base = 0;
	uint64_t n = 0;

	if (m->gone.ns >= from.ns || (part = make(m->tree, m->cap, 1)) == NULL)
		return NULL;
	if (m->unsorted)
		sort(m);
	part->n = m->n;
	memcpy(part->order, m->order, sizeof(part->order));
	for (unsigned int i = 0; i < m->n; i++) {
		part->place[i].role = m->place[i].role;
		part->place[i].node = m->place[i].node;
	}
	for (size_t i = 0; i < m->rows; i++) {
		const struct row *r = row_at(m, i);

		if (r->n == 0 || r->tx.ns < from.ns || r->tx.ns >= to.ns)
			continue;
		base = n++ == 0 ? r->seq : base;
		widen(span, base, r->seq);
		count(part, r);
	}
	*ret_sent = (uint64_t)((int64_t)span[1] - span[0] + 1);
	if (n == 0 || *ret_sent > MGENPATH_ROWS)
		*ret_sent = n; /* the sender began anew within it */
	return part;
}

/* ---- what came of it ----------------------------------------------------- */

unsigned int
mgenpath_n(const struct mgenpath *m)
{
	return m->n;
}

bool
mgenpath_is_tree(const struct mgenpath *m)
{
	return m->tree;
}

unsigned int
mgenpath_at(const struct mgenpath *m, unsigned int i)
{
	return m->order[i];
}

const struct mgenpath_place *
mgenpath_place(const struct mgenpath *m, unsigned int place)
{
	return &m->place[place];
}

struct mgenpath_pair
mgenpath_pair(const struct mgenpath *m, unsigned int from, unsigned int to)
{
	const struct cell *c = from < to ? &m->cell[(size_t)from * m->cap + to]
					 : &m->cell[(size_t)to * m->cap + from];
	struct mgenpath_pair pair = { c->delay, c->next };

	if (from < to || c->delay.n == 0)
		return pair;
	pair.next = c->back;
	pair.delay.negative = c->delay.n - c->delay.negative - c->zero;
	pair.delay.min = mono_minus(0, c->delay.max);
	pair.delay.max = mono_minus(0, c->delay.min);
	pair.delay.sum = -c->delay.sum;
	return pair;
}
