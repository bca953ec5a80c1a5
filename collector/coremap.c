/* SPDX-License-Identifier: BSD-3-Clause */
/* The file session-deployed.xml of a session of CORE, as it is now. */
#include "collector/coremap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define FILE_NAME "session-deployed.xml"
#define CHUNK     16384
#define TEXT_MAX  (COREXML_ADDRS_MAX * (COREXML_ADDR_MAX + 1) + 1)

struct coremap {
	struct corexml *xml; /* NULL: none was ever whole */
	struct stat was;     /* when it was read last */
	const char *why; /* it was no XML then, not told yet; NULL: it was */
};

struct coremap *
coremap_new(void)
{
	return calloc(1, sizeof(struct coremap));
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Read all of ${fd}; NULL when it is bad, with ${ret_why}, static text. */
static struct corexml *
read_file(int fd, const char **ret_why)
{
	struct corexml *x = corexml_new();
	char chunk[CHUNK];
	ssize_t n = -1;

	while (x != NULL && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (corexml_feed(x, chunk, (size_t)n, false) != 0)
			break;
	}
	if (n == 0 && corexml_feed(x, chunk, 0, true) == 0)
		return x;
	*ret_why = x == NULL || n < 0 ? "it cannot be read" : corexml_why(x);
	corexml_free(x);
	return NULL;
}

void
coremap_read(struct coremap *m, int dir)
{
	const int fd = openat(
	    dir, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct corexml *x;
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return;
	}
	if (is_same(&st, &m->was)) {
		if (m->why != NULL) {
			log_warnx(
			    FILE_NAME ": no XML of a session: %s", m->why);
		}
		m->why = NULL;
		(void)close(fd);
		return;
	}
	m->was = st;
	x = read_file(fd, &m->why);
	(void)close(fd);
	if (x == NULL)
		return;
	m->why = NULL;
	corexml_free(m->xml);
	m->xml = x;
}

const struct corexml_node *
coremap_find(const struct coremap *m, const char *name)
{
	return corexml_find(m->xml, name);
}

void
coremap_tell(const struct coremap *m, const char *name)
{
	const struct corexml_node *x = corexml_find(m->xml, name);
	char text[TEXT_MAX] = "";
	size_t len = 0;

	if (x == NULL) {
		log_info("node %s", name);
		return;
	}
	for (unsigned int i = 0; i < x->n_addrs; i++) {
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, " %s", x->addr[i]);
	}
	log_info("node %s, id %u:%s", name, x->id, text);
}

void
coremap_free(struct coremap *m)
{
	if (m == NULL)
		return;
	corexml_free(m->xml);
	free(m);
}
