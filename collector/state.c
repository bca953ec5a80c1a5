/* SPDX-License-Identifier: BSD-3-Clause */
/* The directory of --state: who this collector is, and whose streams it had. */
#include "collector/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/proc.h"
#include "collector/journal.h"
#include "collector/source.h"

/*
 * DIR/agents is a journal.  ID: the 16 digits of the collector's id.  AGENT:
 * varint number of a host, where its stream begins (position_put), its address.
 * Each is a group of its own; of streams with the same id the last one counts.
 */
enum { STATE_ID = 1, STATE_AGENT = 2, STATE_ID_LEN = 16 };

#define REWRITE_SIZE 262144 /* octets; and twice what is needed */

struct known {
	TAILQ_ENTRY(known) entry;
	struct position start;
	unsigned int host;
	char addr[SOURCE_NAME_MAX];
};

TAILQ_HEAD(known_list, known);

struct state {
	struct sink_keep keep;
	char *dir;
	char id[STATE_ID_LEN + 1];
	struct journal *journal;
	struct known_list known; /* the first was noted longest ago */
	size_t n;
	bool warned;
};

static struct known *
find(const struct state *st, const uint8_t *id)
{
	struct known *k;

	TAILQ_FOREACH_REVERSE(k, &st->known, known_list, entry)
	if (memcmp(k->start.id, id, POSITION_ID) == 0)
		return k;
	return NULL;
}

/* Returns whether that is news. */
static bool
note(struct state *st, const struct position *start, unsigned int host,
    const char *addr)
{
	struct known *k = find(st, start->id);
	const struct position first = k == NULL ? *start : k->start;

	if (k != NULL && k == TAILQ_LAST(&st->known, known_list) &&
	    k->host == host && strcmp(k->addr, addr) == 0)
		return false;
	if (k == NULL && st->n == STATE_STREAMS)
		k = TAILQ_FIRST(&st->known);
	if (k != NULL) {
		TAILQ_REMOVE(&st->known, k, entry);
		st->n--;
	} else if ((k = malloc(sizeof(*k))) == NULL) {
		return false;
	}
	k->start = first;
	k->host = host;
	snprintf(k->addr, sizeof(k->addr), "%s", addr);
	TAILQ_INSERT_TAIL(&st->known, k, entry);
	st->n++;
	return true;
}

static enum journal_next
on_frame(void *arg, unsigned int type, const uint8_t *body, size_t len)
{
	struct state *st = arg;
	struct rd r = rd_init(body, len);
	char addr[SOURCE_NAME_MAX];
	struct position start;
	uint64_t host;

	if (type == STATE_ID && len == STATE_ID_LEN) {
		memcpy(st->id, body, len);
		return JOURNAL_WHOLE;
	}
	if (type != STATE_AGENT)
		return JOURNAL_STOP;
	host = rd_var(&r);
	position_get(&r, &start);
	if (r.bad || host > UINT32_MAX || rd_left(&r) >= sizeof(addr))
		return JOURNAL_STOP;
	snprintf(
	    addr, sizeof(addr), "%.*s", (int)rd_left(&r), (const char *)r.p);
	(void)note(st, &start, (unsigned int)host, addr);
	return JOURNAL_WHOLE;
}

static void
put_known(struct state *st, const struct known *k)
{
	uint8_t body[10 + POSITION_MAX + SOURCE_NAME_MAX];
	struct wr w = wr_init(body, sizeof(body));

	wr_var(&w, k->host);
	position_put(&w, &k->start);
	wr_mem(&w, k->addr, strlen(k->addr));
	journal_put(st->journal, STATE_AGENT, body, (size_t)(w.p - body));
}

static int
rewrite(struct state *st)
{
	const struct known *k;

	journal_anew(st->journal);
	journal_put(
	    st->journal, STATE_ID, (const uint8_t *)st->id, STATE_ID_LEN);
	TAILQ_FOREACH(k, &st->known, entry)
		put_known(st, k);
	if (journal_commit(st->journal) != 0)
		return -1;
	return journal_settle(st->journal);
}

static int
load(struct state *st, const char *dir, bool sync)
{
	char *path = NULL;
	struct hash_key random;
	int rc = -1;

	if ((st->dir = strdup(dir)) == NULL ||
	    (mkdir(dir, 0755) != 0 && errno != EEXIST) ||
	    asprintf(&path, "%s/agents", dir) == -1 ||
	    proc_hash_key(&random) != 0)
		return -1;
	snprintf(st->id, sizeof(st->id), "%016" PRIx64, random.k[0]);
	st->journal = journal_open(path, sync, on_frame, st);
	if (st->journal != NULL)
		rc = rewrite(st);
	free(path);
	st->keep = (struct sink_keep){ st->dir, st->id, sync };
	return rc;
}

struct state *
state_open(const char *dir, bool sync)
{
	struct state *st = calloc(1, sizeof(*st));

	if (st == NULL) {
		log_error("--state");
		return NULL;
	}
	TAILQ_INIT(&st->known);
	if (load(st, dir, sync) == 0)
		return st;
	log_errorx("--state: %s: %s", dir,
	    errno == EWOULDBLOCK ? "another process has it"
	    : errno == EBADMSG   ? "its file agents is not ours"
				 : strerror(errno));
	state_close(st);
	return NULL;
}

const struct sink_keep *
state_keep(const struct state *st)
{
	return &st->keep;
}

const struct position *
state_stream(const struct state *st, const char *addr)
{
	const struct known *k;

	TAILQ_FOREACH_REVERSE(k, &st->known, known_list, entry)
	if (strcmp(k->addr, addr) == 0)
		return &k->start;
	return NULL;
}

const struct position *
state_start(const struct state *st, const uint8_t id[static POSITION_ID])
{
	const struct known *k = find(st, id);

	return k == NULL ? NULL : &k->start;
}

unsigned int
state_host(const struct state *st, const uint8_t id[static POSITION_ID])
{
	const struct known *k = find(st, id);

	return k == NULL ? 0 : k->host;
}

unsigned int
state_top(const struct state *st)
{
	const struct known *k;
	unsigned int top = 0;

	TAILQ_FOREACH(k, &st->known, entry)
		top = k->host > top ? k->host : top;
	return top;
}

void
state_note(struct state *st, const struct position *start, unsigned int host,
    const char *addr)
{
	const off_t need = (off_t)(st->n * (POSITION_MAX + SOURCE_NAME_MAX));

	if (!note(st, start, host, addr))
		return;
	put_known(st, TAILQ_LAST(&st->known, known_list));
	if (journal_commit(st->journal) == 0 &&
	    (journal_size(st->journal) < REWRITE_SIZE + 2 * need ||
		rewrite(st) == 0)) {
		st->warned = false;
		return;
	}
	if (!st->warned)
		log_warn("%s/agents", st->dir);
	st->warned = true;
}

void
state_close(struct state *st)
{
	struct known *k;

	if (st == NULL)
		return;
	journal_close(st->journal);
	while ((k = TAILQ_FIRST(&st->known)) != NULL) {
		TAILQ_REMOVE(&st->known, k, entry);
		free(k);
	}
	free(st->dir);
	free(st);
}
