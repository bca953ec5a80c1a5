/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames of one stream, kept until collectors have what is in them. */
#include "agent/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spoolstore.h"
#include "wire/frame.h"

#define GROUP_SHARE 8      /* of the limit, at most, in one group */
#define GROUP_MAX   131072 /* octets after which a cut is wanted */

struct group {
	uint64_t off;
	struct spoolpos pos; /* before its first frame */
};

struct spool {
	struct spoolstore *store;
	uint64_t limit;
	struct group *group; /* n of them, from .head on */
	size_t head, n, size;
	uint64_t base; /* groups dropped: the number of the first one */
	struct spoolpos pos;
	bool open; /* the last group goes on */
	bool cut;  /* the next frame begins one */
};

struct spool *
spool_new(struct spoolstore *store, size_t limit)
{
	struct spool *sp = calloc(1, sizeof(*sp));

	if (sp == NULL) {
		store->type->close(store);
		return NULL;
	}
	sp->store = store;
	sp->limit = limit;
	return sp;
}

static const struct group *
at(const struct spool *sp, uint64_t number)
{
	return &sp->group[sp->head + (size_t)(number - sp->base)];
}

/* Where group ${number} ends. */
static uint64_t
end_of(const struct spool *sp, uint64_t number)
{
	return number + 1 < sp->base + sp->n ? at(sp, number + 1)->off
					     : sp->store->end;
}

static bool
push(struct spool *sp, uint64_t off)
{
	if (sp->head > sp->n) {
		memmove(sp->group, sp->group + sp->head,
		    sp->n * sizeof(*sp->group));
		sp->head = 0;
	}
	if (sp->head + sp->n == sp->size) {
		const size_t size = 2 * sp->size + 8;
		struct group *g = realloc(sp->group, size * sizeof(*g));

		if (g == NULL)
			return false;
		sp->group = g;
		sp->size = size;
	}
	sp->group[sp->head + sp->n++] = (struct group){ off, sp->pos };
	return true;
}

/* Drop what lies before ${to}, as far as the store can. */
static void
drop(struct spool *sp, uint64_t to)
{
	struct spoolstore *s = sp->store;

	s->type->drop(s, to);
	while (sp->n > 0 && at(sp, sp->base)->off < s->first) {
		sp->base++;
		sp->head++;
		sp->n--;
	}
	if (sp->n == 0)
		sp->open = false;
}

static void
make_room(struct spool *sp, size_t len)
{
	const struct spoolstore *s = sp->store;

	while (sp->n > 0 && s->end - s->first + len > sp->limit) {
		const uint64_t unit = s->type->unit(s);
		const uint64_t one = end_of(sp, sp->base);

		drop(sp, unit > one ? unit : one);
	}
}

void
spool_start(struct spool *sp, uint64_t seq, uint64_t dns)
{
	sp->pos.seq = seq;
	sp->pos.dns = dns;
}

static void
put(struct spool *sp, const struct enc_block *b)
{
	struct spoolstore *s = sp->store;
	const bool begin = b->key || sp->cut;

	make_room(sp, b->len);
	if (!begin && !sp->open)
		return;
	if (begin && !push(sp, s->end)) {
		sp->open = false;
		return;
	}
	sp->cut = false;
	sp->open = s->end - s->first + b->len <= sp->limit &&
		   s->type->put(s, b->data, b->len, begin ? &sp->pos : NULL);
	sp->n -= begin && !sp->open;
}

void
spool_put(struct spool *sp, const struct enc_block *b)
{
	struct frame f;

	if (frame_find(&f, b->data, b->len, FRAME_MAX) <= 0)
		return;
	if (b->count > 0 && b->type == FRAME_PKT)
		sp->pos.seq = b->first;
	if (b->count > 0 && b->type == FRAME_DNS)
		sp->pos.dns = b->first;
	put(sp, b);
	(void)spoolpos_step(&sp->pos, &f);
}

void
spool_note(struct spool *sp, const uint8_t *data, size_t len)
{
	struct spoolstore *s = sp->store;

	make_room(sp, len);
	sp->open = sp->open && s->end - s->first + len <= sp->limit &&
		   s->type->put(s, data, len, NULL);
}

bool
spool_adopt(struct spool *sp, const struct frame *f, bool begin)
{
	struct spoolpos after;

	spoolpos_meet(&sp->pos, f);
	after = sp->pos;
	if (!spoolpos_step(&after, f))
		return false;
	if ((begin || (f->flags & FRAME_FLAG_KEY) != 0) &&
	    !push(sp, sp->store->end))
		return false;
	sp->pos = after;
	return true;
}

void
spool_cut(struct spool *sp)
{
	sp->cut = true;
}

bool
spool_wants_cut(const struct spool *sp)
{
	uint64_t size;

	if (sp->cut)
		return false;
	if (!sp->open)
		return true;
	size = sp->store->end - at(sp, sp->base + sp->n - 1)->off;
	return size > GROUP_MAX || size > sp->limit / GROUP_SHARE;
}

/* The reader comes to group ${number}: was there more before it? */
static void
enter(const struct spool *sp, struct spool_cursor *cur, uint64_t number)
{
	const bool next = number == sp->base + sp->n;
	const struct spoolpos *pos = next ? &sp->pos : &at(sp, number)->pos;

	/* It may have begun before what it lacks. */
	const uint64_t had = cur->pos.seq > cur->had ? cur->pos.seq : cur->had;

	cur->group = number;
	cur->off = next ? sp->store->end : at(sp, number)->off;
	if (pos->seq > had) {
		if (cur->lost.seq == 0)
			cur->lost_first = had;
		cur->lost.seq = pos->seq - cur->lost_first;
	}
	if (pos->dns > cur->pos.dns)
		cur->lost.dns += pos->dns - cur->pos.dns;
	for (size_t i = 0; i < SPOOLPOS_UNSEEN; i++)
		cur->lost.unseen[i] += pos->unseen[i] - cur->pos.unseen[i];
	cur->pos = *pos;
}

void
spool_seek(const struct spool *sp, struct spool_cursor *ret_cur, uint64_t seq,
    uint64_t dns)
{
	uint64_t number = sp->base + sp->n;

	*ret_cur = (struct spool_cursor){ .had = seq };
	while (number > sp->base &&
	       !spoolpos_before(&at(sp, --number)->pos, seq, dns))
		continue;
	ret_cur->pos = sp->n == 0 ? sp->pos : at(sp, number)->pos;
	ret_cur->is_blameless = ret_cur->pos.seq > seq;
	ret_cur->pos.seq = seq;
	ret_cur->pos.dns = dns;
	enter(sp, ret_cur, number);
}

void
spool_seek_end(const struct spool *sp, struct spool_cursor *ret_cur)
{
	*ret_cur = (struct spool_cursor){ .pos = sp->pos };
	enter(sp, ret_cur, sp->base + sp->n);
}

/* How many of the ${len} octets at ${buf} are whole frames; go past them. */
static size_t
walk(struct spoolpos *pos, const uint8_t *buf, size_t len, bool *ret_bad)
{
	struct frame f;
	size_t done = 0;
	int n;

	while ((n = frame_get(&f, buf + done, len - done, FRAME_MAX)) > 0) {
		if (!spoolpos_step(pos, &f)) {
			n = -1;
			break;
		}
		done += (size_t)n;
	}
	*ret_bad = n < 0;
	return done;
}

/* The same of one that was read up to there: a hole is what could not be kept. */
static void
enter_next(const struct spool *sp, struct spool_cursor *cur, uint64_t number)
{
	const uint64_t lost = cur->lost.seq;

	enter(sp, cur, number);
	if (lost == 0 && cur->lost.seq > 0)
		cur->is_blameless = true;
}

/* Go to the group that holds what follows.  Returns where that group ends. */
static uint64_t
settle(const struct spool *sp, struct spool_cursor *cur)
{
	const uint64_t next = sp->base + sp->n;

	if (cur->group < sp->base)
		enter(sp, cur, sp->base);
	if (cur->group < next && cur->off == end_of(sp, cur->group) &&
	    (cur->group + 1 < next || !sp->open))
		enter_next(sp, cur, cur->group + 1);
	/* What came between a look at the end and this group was lost. */
	if (cur->group == next || cur->off == at(sp, cur->group)->off)
		enter_next(sp, cur, cur->group);
	return cur->group == next ? cur->off : end_of(sp, cur->group);
}

/* Out of descriptors: it can be read later. */
static bool
is_passing(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM;
}

/* The rest of its group, which ends at ${end}, is of no use. */
static void
skip(struct spool *sp, struct spool_cursor *cur, uint64_t end)
{
	cur->off = end;
	/* What follows can only be read from a KEY on. */
	if (cur->group + 1 == sp->base + sp->n)
		sp->open = false;
}

size_t
spool_read(
    struct spool *sp, struct spool_cursor *cur, uint8_t *dst, size_t size)
{
	const uint64_t end = settle(sp, cur);
	const uint64_t left = end - cur->off;
	const size_t len = left < size ? (size_t)left : size;
	bool bad = false;
	size_t n, got;

	if (len == 0 || cur->lost.seq > 0)
		return 0;
	got = sp->store->type->get(sp->store, cur->off, dst, len);
	if (got == 0 && is_passing(errno))
		return 0;
	n = walk(&cur->pos, dst, got, &bad);
	cur->off += n;
	if (bad || (n == 0 && got < len))
		skip(sp, cur, end);
	return n;
}

bool
spool_owed(
    struct spool *sp, struct spool_cursor *cur, wall_t now, struct obs *ret_o)
{
	struct obs o = { .kind = OBS_LOSS, .time = now };
	struct spoolpos *lost = &cur->lost;

	(void)settle(sp, cur);
	if (lost->seq > 0) {
		o.loss.reason =
		    cur->is_blameless ? OBS_LOSS_SPOOL : OBS_LOSS_QUEUE;
		o.loss.first = cur->lost_first;
		o.loss.count = lost->seq;
		lost->seq = 0;
		cur->is_blameless = false;
		*ret_o = o;
		return true;
	}
	for (uint32_t i = 0; i < SPOOLPOS_UNSEEN; i++) {
		if (lost->unseen[i] > 0) {
			o.loss.reason = OBS_LOSS_UNSEEN + i;
			o.loss.count = lost->unseen[i];
			lost->unseen[i] = 0;
			*ret_o = o;
			return true;
		}
	}
	return false;
}

void
spool_lost(const struct spool *sp, struct spool_cursor *cur, uint64_t *ret_seq,
    uint64_t *ret_dns)
{
	(void)settle(sp, cur);
	*ret_seq = cur->lost.seq;
	*ret_dns = cur->lost.dns;
}

uint64_t
spool_lag(const struct spool *sp, const struct spool_cursor *cur)
{
	const uint64_t first = sp->store->first;

	return sp->store->end - (cur->off > first ? cur->off : first);
}

void
spool_trim(struct spool *sp, uint64_t seq, uint64_t dns)
{
	uint64_t number = sp->base;

	while (number + 1 < sp->base + sp->n &&
	       spoolpos_before(&at(sp, number + 1)->pos, seq, dns))
		number++;
	if (sp->n > 0 && number > sp->base)
		drop(sp, at(sp, number)->off);
}

void
spool_limit(struct spool *sp, size_t limit)
{
	sp->limit = limit;
	make_room(sp, 0);
}

void
spool_clear(struct spool *sp)
{
	drop(sp, sp->store->end);
}

const struct spoolpos *
spool_pos(const struct spool *sp)
{
	return &sp->pos;
}

uint64_t
spool_used(const struct spool *sp)
{
	return sp->store->end - sp->store->first;
}

void
spool_free(struct spool *sp)
{
	if (sp == NULL)
		return;
	sp->store->type->close(sp->store);
	free(sp->group);
	free(sp);
}
