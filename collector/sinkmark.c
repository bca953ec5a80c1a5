/* SPDX-License-Identifier: BSD-3-Clause */
/* What belongs to the batches that Redis has: places, and events seen. */
#include "collector/sinkmark.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/journal.h"
#include "collector/recent.h"

/*
 * A group is any number of POSITIONS, each one place or more, any number of
 * KEYS, each one or more that is new to the memory of events, and then COMMIT:
 * u64 number of the batch, and the head of that memory.  The first group has
 * everything, the others what changed.
 */
enum { SINKMARK_POSITIONS = 1, SINKMARK_KEYS = 2, SINKMARK_COMMIT = 3 };

#define COMMIT_MAX   (8 + RECENT_HEAD_MAX)
#define REWRITE_SIZE 4194304 /* octets; and four times what is needed */

struct octets {
	uint8_t *data;
	size_t used, room;
};

struct sinkmark {
	char *path, *new_path, *key;
	bool sync, fresh;
	struct recent *recent;
	struct positions *pos;
	struct journal *journal;
	uint64_t number;
	bool trusted; /* while reading: up to .limit only */
	uint64_t limit;
	bool failed;
	struct octets keys, places; /* of the group that is read */
};

static void
octets_add(struct octets *o, const uint8_t *data, size_t len, bool *failed)
{
	size_t room = o->room == 0 ? 4096 : o->room;
	uint8_t *p;

	while (room - o->used < len)
		room *= 2;
	if (room != o->room) {
		if ((p = realloc(o->data, room)) == NULL) {
			*failed = true;
			return;
		}
		o->data = p;
		o->room = room;
	}
	memcpy(o->data + o->used, data, len);
	o->used += len;
}

/* ---- reading ---- */

/* Returns whether the group was sound. */
static bool
apply(struct sinkmark *m, struct rd *head)
{
	struct rd keys = rd_init(m->keys.data, m->keys.used);
	struct rd places = rd_init(m->places.data, m->places.used);
	struct position p;

	if (recent_get(m->recent, head, &keys) != 0)
		return false;
	while (rd_left(&places) > 0) {
		position_get(&places, &p);
		if (places.bad || positions_set(m->pos, &p) != 0)
			return false;
	}
	return true;
}

static enum journal_next
on_frame(void *arg, unsigned int type, const uint8_t *body, size_t len)
{
	struct sinkmark *m = arg;
	struct rd r = rd_init(body, len);
	uint64_t number;

	if (type == SINKMARK_POSITIONS || type == SINKMARK_KEYS) {
		octets_add(type == SINKMARK_KEYS ? &m->keys : &m->places, body,
		    len, &m->failed);
		return m->failed ? JOURNAL_STOP : JOURNAL_MORE;
	}
	number = rd_u64(&r);
	if (type != SINKMARK_COMMIT || r.bad ||
	    (m->trusted && number > m->limit))
		return JOURNAL_STOP;
	if (!apply(m, &r)) {
		m->failed = true;
		return JOURNAL_STOP;
	}
	m->number = number;
	m->keys.used = m->places.used = 0;
	return JOURNAL_WHOLE;
}

/* The number of the first batch in a journal. */
static enum journal_next
on_first(void *arg, unsigned int type, const uint8_t *body, size_t len)
{
	uint64_t *number = arg;

	if (type != SINKMARK_COMMIT || len < 8)
		return JOURNAL_MORE;
	if (*number == UINT64_MAX)
		*number = get_be64(body);
	return JOURNAL_WHOLE;
}

/*
 * A journal that was begun anew counts when Redis has its first batch; else
 * the old one still does.
 */
static int
choose(const struct sinkmark *m)
{
	uint64_t first = UINT64_MAX;
	const off_t size = journal_scan(m->new_path, on_first, &first);

	if (size < 0 && errno == ENOENT)
		return 0;
	if (size > 0 && (!m->trusted || first <= m->limit))
		return rename(m->new_path, m->path);
	return unlink(m->new_path);
}

int
sinkmark_load(struct sinkmark *m, uint64_t number)
{
	m->trusted = number != 0;
	m->limit = number;
	if (choose(m) == 0)
		m->journal = journal_open(m->path, m->sync, on_frame, m);
	if (m->journal == NULL) {
		log_errorx("%s: %s", m->path,
		    errno == EWOULDBLOCK ? "another process has it"
		    : errno == EBADMSG   ? "it is not ours"
					 : strerror(errno));
		return -1;
	}
	if (m->failed) {
		log_errorx("%s: it contradicts itself, or flows.recent-max "
			   "was made smaller",
		    m->path);
		return -1;
	}
	m->keys.used = m->places.used = 0;
	m->fresh = journal_size(m->journal) == 0;
	if (!m->trusted && m->number > 1) {
		log_warnx("redis: %s is not there; Redis has lost what it had",
		    m->key);
	}
	if (m->trusted && m->number < number) {
		log_warnx("%s: Redis has batch %ju, known is %ju", m->path,
		    (uintmax_t)number, (uintmax_t)m->number);
		m->number = number;
	}
	return 0;
}

/* ---- writing ---- */

static void
put_positions(struct sinkmark *m, const struct position *p, size_t n)
{
	struct journal_list l;

	journal_list_begin(&l, m->journal, SINKMARK_POSITIONS);
	for (size_t i = 0; i < n; i++)
		position_put(journal_list_room(&l, POSITION_MAX), &p[i]);
	journal_list_end(&l);
}

static void
put_keys(struct sinkmark *m, bool all)
{
	struct journal_list l;

	journal_list_begin(&l, m->journal, SINKMARK_KEYS);
	for (size_t n = recent_new_keys(m->recent, all); n > 0; n--) {
		recent_put_key(
		    m->recent, n, journal_list_room(&l, RECENT_ENTRY_MAX));
	}
	journal_list_end(&l);
}

/* Whether it is time for a new journal, which needs fewer octets. */
static bool
is_long(const struct sinkmark *m)
{
	const off_t need =
	    (off_t)(positions_n(m->pos) * POSITION_MAX +
		    recent_new_keys(m->recent, true) * RECENT_ENTRY_MAX);

	return journal_size(m->journal) > REWRITE_SIZE + 4 * need;
}

int
sinkmark_write(
    struct sinkmark *m, uint64_t number, const struct position *p, size_t n)
{
	const bool anew = number != m->number && is_long(m);
	const struct position *old = NULL;
	uint8_t body[COMMIT_MAX];
	struct wr w = wr_init(body, sizeof(body));

	if (anew)
		journal_anew(m->journal);
	while (anew && (old = positions_next(m->pos, old)) != NULL)
		put_positions(m, old, 1);
	put_positions(m, p, n);
	put_keys(m, anew);
	wr_u64(&w, number);
	recent_put_head(m->recent, anew, &w);
	journal_put(m->journal, SINKMARK_COMMIT, body, (size_t)(w.p - body));
	if (journal_commit(m->journal) != 0)
		return -1;
	m->number = number;
	recent_stored(m->recent);
	for (size_t i = 0; i < n; i++)
		(void)positions_set(m->pos, &p[i]);
	return 0;
}

void
sinkmark_settle(struct sinkmark *m)
{
	(void)journal_settle(m->journal); /* tried again at the next write */
}

/* ---- */

struct sinkmark *
sinkmark_new(const struct sink_keep *k, struct recent *recent)
{
	struct sinkmark *m = calloc(1, sizeof(*m));
	struct hash_key key;

	if (m == NULL)
		return NULL;
	m->recent = recent;
	m->sync = k->sync;
	if (asprintf(&m->path, "%s/redis", k->dir) == -1 ||
	    asprintf(&m->new_path, "%s/redis.new", k->dir) == -1 ||
	    asprintf(&m->key, "recollect;%s", k->id) == -1 ||
	    proc_hash_key(&key) != 0 ||
	    (m->pos = positions_new(SINKMARK_STREAMS, &key)) == NULL) {
		sinkmark_free(m);
		return NULL;
	}
	return m;
}

const char *
sinkmark_key(const struct sinkmark *m)
{
	return m->key;
}

bool
sinkmark_is_fresh(const struct sinkmark *m)
{
	return m->fresh;
}

const struct positions *
sinkmark_positions(const struct sinkmark *m)
{
	return m->pos;
}

uint64_t
sinkmark_number(const struct sinkmark *m)
{
	return m->number;
}

void
sinkmark_free(struct sinkmark *m)
{
	if (m == NULL)
		return;
	journal_close(m->journal);
	positions_free(m->pos);
	free(m->keys.data);
	free(m->places.data);
	free(m->path);
	free(m->new_path);
	free(m->key);
	free(m);
}
