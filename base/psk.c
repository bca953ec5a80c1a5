/* SPDX-License-Identifier: BSD-3-Clause */
/* Pre-shared keys of TLS 1.3, from a file that nobody else can read. */
#include "base/psk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define FILE_MAX (1 << 20) /* octets of a file */

struct psk {
	size_t n, max;
	struct psk_key key[];
};

/* A file in memory, overwritten when it is let go. */
struct text {
	char *data;
	size_t len;
};

static void
text_done(struct text *t)
{
	if (t->data != NULL)
		explicit_bzero(t->data, t->len + 1);
	free(t->data);
}

static int
check_file(const char *path, const struct stat *st)
{
	const char *why = NULL;

	if (!S_ISREG(st->st_mode)) {
		why = "is no regular file";
	} else if ((st->st_mode & 077) != 0) {
		why = "others have access to it (chmod 600)";
	} else if (st->st_size > FILE_MAX) {
		why = "is too large";
	}
	if (why == NULL)
		return 0;
	log_errorx("%s: %s", path, why);
	return -1;
}

/* No stdio here: its buffer would keep the keys. */
static int
read_open(struct text *t, const char *path, int fd)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0) {
		log_error("%s", path);
		return -1;
	}
	if (check_file(path, &st) != 0)
		return -1;
	if ((t->data = calloc(1, (size_t)st.st_size + 1)) == NULL) {
		log_error("%s", path);
		return -1;
	}
	t->len = (size_t)st.st_size;
	for (size_t at = 0; at < t->len; at += (size_t)n) {
		n = read(fd, t->data + at, t->len - at);
		if (n < 0 || n == 0) {
			log_errorx("%s: %s", path,
			    n < 0 ? strerror(errno) : "became shorter");
			return -1;
		}
	}
	return 0;
}

static int
read_file(struct text *t, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0) {
		log_error("%s", path);
		return -1;
	}
	rc = read_open(t, path, fd);
	(void)close(fd);
	return rc;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *
parse_key(struct psk_key *k, const char *hex, size_t len)
{
	if (len % 2 != 0)
		return "the key has an odd number of digits";
	if (len / 2 < PSK_KEY_MIN || len / 2 > PSK_KEY_MAX)
		return "the key has less than 32 or more than 128 digits";
	for (size_t i = 0; i < len; i += 2) {
		const int high = digit(hex[i]), low = digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return "the key is not hexadecimal";
		k->key[i / 2] = (uint8_t)(high << 4 | low);
	}
	k->len = len / 2;
	return NULL;
}

/* Read a line into the next free key.  Returns NULL, or what is wrong. */
static const char *
parse_line(struct psk *p, const char *line, size_t len)
{
	const char *colon = memrchr(line, ':', len);
	const size_t n = colon == NULL ? 0 : (size_t)(colon - line);
	struct psk_key *k = &p->key[p->n];
	const char *why;

	if (p->n == p->max)
		return "there are too many keys";
	if (colon == NULL)
		return "is not IDENTITY:HEXKEY";
	if (n == 0 || n > PSK_IDENTITY_MAX)
		return "the identity is empty or over 128 octets";
	for (size_t i = 0; i < n; i++) {
		if (line[i] <= ' ' || line[i] > '~')
			return "the identity is not printable ASCII";
	}
	if (psk_find(p, line, n) != NULL)
		return "the identity was there before";
	if ((why = parse_key(k, colon + 1, len - n - 1)) != NULL)
		return why;
	memcpy(k->identity, line, n);
	p->n++;
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int
parse(struct psk *p, const struct text *t, const char *path)
{
	unsigned int number = 0;
	size_t len;

	for (const char *s = t->data, *end = s + t->len; s < end; s += len) {
		const char *line = s, *newline = memchr(s, '\n', end - s);
		const char *stop = newline == NULL ? end : newline;
		const char *why = NULL;

		number++;
		len = (size_t)(stop - s) + (newline != NULL);
		while (line < stop && is_blank(*line))
			line++;
		while (line < stop && is_blank(stop[-1]))
			stop--;
		if (line < stop && *line != '#')
			why = parse_line(p, line, (size_t)(stop - line));
		if (why != NULL) {
			log_errorx("%s:%u: %s", path, number, why);
			return -1;
		}
	}
	if (p->n > 0)
		return 0;
	log_errorx("%s: there is no key", path);
	return -1;
}

/* Made once in its full size: what grows leaves keys behind. */
static struct psk *
make(const struct text *t)
{
	struct psk *p;
	size_t lines = 1;

	for (size_t i = 0; i < t->len; i++)
		lines += t->data[i] == '\n';
	if (lines > PSK_MAX)
		lines = PSK_MAX;
	p = calloc(1, sizeof(*p) + lines * sizeof(p->key[0]));
	if (p != NULL)
		p->max = lines;
	return p;
}

struct psk *
psk_load(const char *path)
{
	struct text t = { NULL, 0 };
	struct psk *p = NULL;

	if (read_file(&t, path) != 0)
		goto done;
	if ((p = make(&t)) == NULL) {
		log_error("%s", path);
	} else if (parse(p, &t, path) != 0) {
		psk_free(p);
		p = NULL;
	}
done:
	text_done(&t);
	return p;
}

const struct psk_key *
psk_find(const struct psk *p, const void *identity, size_t len)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct psk_key *k = &p->key[i];

		if (strlen(k->identity) == len &&
		    memcmp(k->identity, identity, len) == 0)
			return k;
	}
	return NULL;
}

const struct psk_key *
psk_first(const struct psk *p)
{
	return &p->key[0];
}

void
psk_free(struct psk *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p->key, p->max * sizeof(p->key[0]));
	free(p);
}
