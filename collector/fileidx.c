/* SPDX-License-Identifier: BSD-3-Clause */
/* The index beside an output file: how much of it counts, and what that is. */
#include "collector/fileidx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "collector/journal.h"

/*
 * A group is any number of POSITIONS, each one place or more, and then
 * COMMIT: u64 inode and u64 time of birth of the file, u64 length.
 */
enum { FILEIDX_POSITIONS = 1, FILEIDX_COMMIT = 2, FILEIDX_COMMIT_LEN = 24 };

#define REWRITE_SIZE 262144 /* octets; and eight times what is needed */

/* Numbers of files are used again; with the time of birth they are not. */
struct ident {
	uint64_t ino;
	uint64_t born; /* ns; 0 where the file system does not know */
};

struct fileidx {
	char *path, *idx_path;
	struct journal *journal;
	struct positions *pos;
	bool fresh;
	struct ident file; /* what the index is about */
	off_t size;
	/* while reading: the group at hand */
	struct position *group;
	size_t n_group, room;
};

/* ---- reading ---- */

static bool
take_positions(struct fileidx *x, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);

	while (rd_left(&r) > 0) {
		struct position *p;

		if (x->n_group == x->room) {
			const size_t room = x->room == 0 ? 64 : 2 * x->room;

			p = realloc(x->group, room * sizeof(*p));
			if (p == NULL)
				return false;
			x->group = p;
			x->room = room;
		}
		p = &x->group[x->n_group++];
		position_get(&r, p);
		if (r.bad)
			return false;
	}
	return true;
}

static enum journal_next
on_frame(void *arg, unsigned int type, const uint8_t *body, size_t len)
{
	struct fileidx *x = arg;

	if (type == FILEIDX_POSITIONS) {
		return take_positions(x, body, len) ? JOURNAL_MORE
						    : JOURNAL_STOP;
	}
	if (type != FILEIDX_COMMIT || len != FILEIDX_COMMIT_LEN)
		return JOURNAL_STOP;
	for (size_t i = 0; i < x->n_group; i++) {
		if (positions_set(x->pos, &x->group[i]) != 0)
			return JOURNAL_STOP;
	}
	x->n_group = 0;
	x->file.ino = get_be64(body);
	x->file.born = get_be64(body + 8);
	x->size = (off_t)get_be64(body + 16);
	return JOURNAL_WHOLE;
}

/* ---- the file itself ---- */

/* Look at ${path}.  Returns whether it is a regular file. */
static bool
look(const char *path, struct ident *ret_file, off_t *ret_size)
{
	struct statx st;

	if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, &st) !=
		0 ||
	    !S_ISREG(st.stx_mode))
		return false;
	ret_file->ino = st.stx_ino;
	ret_file->born = (st.stx_mask & STATX_BTIME) == 0
			     ? 0
			     : (uint64_t)st.stx_btime.tv_sec * MONO_NS_PER_S +
				   st.stx_btime.tv_nsec;
	*ret_size = (off_t)st.stx_size;
	return true;
}

/* Whether ${path} is the file that the index is about. */
static bool
is_it(const struct fileidx *x, const char *path, off_t *ret_size)
{
	struct ident file;

	return look(path, &file, ret_size) && file.ino == x->file.ino &&
	       file.born == x->file.born;
}

/* Find where that file is now: in the same directory, with a longer name. */
static bool
find_moved(
    const struct fileidx *x, char ret_path[static PATH_MAX], off_t *ret_size)
{
	const char *slash = strrchr(x->path, '/');
	const char *name = slash == NULL ? x->path : slash + 1;
	const int dir_len = (int)(name - x->path);
	char dir[PATH_MAX];
	const struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(dir, sizeof(dir), "%.*s", dir_len, x->path);
	if ((d = opendir(dir_len == 0 ? "." : dir)) == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL) {
		const int n =
		    snprintf(ret_path, PATH_MAX, "%s%s", dir, e->d_name);

		found = n > 0 && n < PATH_MAX &&
			strncmp(e->d_name, name, strlen(name)) == 0 &&
			is_it(x, ret_path, ret_size);
	}
	closedir(d);
	return found;
}

/* Cut off what was written and never committed. */
static int
cut(const char *path, off_t have, off_t want)
{
	if (have < want) {
		log_warnx("%s: it has %jd octets, %jd were written; what is "
			  "missing there is lost",
		    path, (intmax_t)have, (intmax_t)want);
		return 0;
	}
	return have == want ? 0 : truncate(path, want);
}

static int
cut_file(const struct fileidx *x)
{
	char moved[PATH_MAX];
	off_t have;

	if (is_it(x, x->path, &have))
		return cut(x->path, have, x->size);
	if (find_moved(x, moved, &have))
		return cut(moved, have, x->size);
	if (x->size > 0) {
		log_warnx("%s: the file that was written is gone, with %jd "
			  "octets",
		    x->path, (intmax_t)x->size);
	}
	return 0;
}

/* ---- writing ---- */

static void
put_positions(struct fileidx *x, const struct position *p, size_t n)
{
	struct journal_list l;

	journal_list_begin(&l, x->journal, FILEIDX_POSITIONS);
	for (size_t i = 0; i < n; i++)
		position_put(journal_list_room(&l, POSITION_MAX), &p[i]);
	journal_list_end(&l);
}

static int
put_commit(struct fileidx *x, off_t size)
{
	uint8_t body[FILEIDX_COMMIT_LEN];

	put_be64(body, x->file.ino);
	put_be64(body + 8, x->file.born);
	put_be64(body + 16, (uint64_t)size);
	journal_put(x->journal, FILEIDX_COMMIT, body, sizeof(body));
	return journal_commit(x->journal);
}

/* Write all that is known to a new index. */
static int
rewrite(struct fileidx *x)
{
	const struct position *p = NULL;
	struct journal_list l;

	journal_anew(x->journal);
	journal_list_begin(&l, x->journal, FILEIDX_POSITIONS);
	while ((p = positions_next(x->pos, p)) != NULL)
		position_put(journal_list_room(&l, POSITION_MAX), p);
	journal_list_end(&l);
	if (put_commit(x, x->size) != 0)
		return -1;
	return journal_settle(x->journal);
}

int
fileidx_commit(
    struct fileidx *x, off_t size, const struct position *p, size_t n)
{
	const off_t need = (off_t)(positions_n(x->pos) * POSITION_MAX);

	put_positions(x, p, n);
	if (put_commit(x, size) != 0)
		return -1;
	x->size = size;
	for (size_t i = 0; i < n; i++)
		(void)positions_set(x->pos, &p[i]);
	if (journal_size(x->journal) > REWRITE_SIZE + 8 * need)
		(void)rewrite(x);
	return 0;
}

int
fileidx_leave(struct fileidx *x, const struct position *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)positions_set(x->pos, &p[i]);
	x->file = (struct ident){ 0 };
	x->size = 0;
	return rewrite(x);
}

int
fileidx_renew(struct fileidx *x)
{
	if (look(x->path, &x->file, &x->size))
		return rewrite(x);
	errno = ENOENT;
	return -1;
}

/* ---- */

static int
load(struct fileidx *x, bool sync)
{
	x->journal = journal_open(x->idx_path, sync, on_frame, x);
	if (x->journal == NULL) {
		log_errorx("%s: %s", x->idx_path,
		    errno == EWOULDBLOCK ? "another process has it"
		    : errno == EBADMSG   ? "it is no index; is it yours?"
					 : strerror(errno));
		return -1;
	}
	x->n_group = 0;
	x->fresh = journal_size(x->journal) == 0;
	if (!x->fresh && cut_file(x) != 0) {
		log_error("%s", x->path);
		return -1;
	}
	return 0;
}

struct fileidx *
fileidx_open(const char *path, const struct hash_key *key, bool sync)
{
	struct fileidx *x = calloc(1, sizeof(*x));

	if (x == NULL)
		goto fail;
	if ((x->path = strdup(path)) == NULL ||
	    asprintf(&x->idx_path, "%s.idx", path) == -1 ||
	    (x->pos = positions_new(FILEIDX_STREAMS, key)) == NULL)
		goto fail;
	if (load(x, sync) == 0)
		return x;
	fileidx_close(x);
	return NULL;
fail:
	log_error("%s: its index", path);
	fileidx_close(x);
	return NULL;
}

bool
fileidx_fresh(const struct fileidx *x)
{
	return x->fresh;
}

struct positions *
fileidx_positions(struct fileidx *x)
{
	return x->pos;
}

void
fileidx_close(struct fileidx *x)
{
	if (x == NULL)
		return;
	journal_close(x->journal);
	positions_free(x->pos);
	free(x->group);
	free(x->path);
	free(x->idx_path);
	free(x);
}
