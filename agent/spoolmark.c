/* SPDX-License-Identifier: BSD-3-Clause */
/* What is written down of a stream beside its files. */
#include "agent/spoolmark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX 192 /* octets of its first line */
#define TEXT_MAX (HEAD_MAX + SPOOLOWED_MAX * SPOOLOWED_LINE_MAX)

void
spoolmark_name(const uint8_t id[static 16], char dst[static SPOOLMARK_NAME_MAX])
{
	for (size_t i = 0; i < 16; i++)
		snprintf(dst + 2 * i, 3, "%02x", id[i]);
	memcpy(dst + 32, ".mark", 6);
}

bool
spoolmark_id(const char *name, uint8_t ret_id[static 16])
{
	char text[SPOOLMARK_NAME_MAX];
	uint8_t id[16];

	if (strlen(name) != SPOOLMARK_NAME_MAX - 1)
		return false;
	for (size_t i = 0; i < 16; i++) {
		const char digits[] = { name[2 * i], name[2 * i + 1], '\0' };

		id[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	spoolmark_name(id, text);
	if (strcmp(name, text) != 0)
		return false;
	memcpy(ret_id, id, 16);
	return true;
}

static bool
same_owed(const struct spoolowed *a, const struct spoolowed *b)
{
	for (unsigned int i = 0; i < a->n && a->n == b->n; i++) {
		const struct spoolowed_one *x = &a->one[i], *y = &b->one[i];

		if (x->seq != y->seq || x->dns != y->dns ||
		    strcmp(x->who, y->who) != 0)
			return false;
	}
	return a->n == b->n;
}

bool
spoolmark_same(const struct spoolmark *a, const struct spoolmark *b)
{
	return a->since == b->since && a->acked_seq == b->acked_seq &&
	       a->acked_dns == b->acked_dns && a->next_seq == b->next_seq &&
	       a->next_dns == b->next_dns && same_owed(&a->owed, &b->owed);
}

void
spoolmark_write(int fd, const struct spoolmark *m)
{
	char text[TEXT_MAX];
	size_t n = (size_t)snprintf(text, HEAD_MAX,
	    "since %019" PRId64 " acked %020" PRIu64 " %020" PRIu64
	    " next %020" PRIu64 " %020" PRIu64 "\n",
	    m->since, m->acked_seq, m->acked_dns, m->next_seq, m->next_dns);

	if (fd < 0)
		return;
	for (unsigned int i = 0; i < m->owed.n; i++)
		n += spoolowed_line(&m->owed.one[i], text + n);
	(void)!pwrite(fd, text, n, 0);
	/* Of who is left over, if we are killed before this, too much is kept. */
	(void)!ftruncate(fd, (off_t)n);
}

/* Step over ${word} and a number.  Returns whether they are there. */
static bool
take(const char **p, const char *word, uint64_t *ret_n)
{
	const size_t len = strlen(word);
	const char *from = *p + len;
	char *end;

	if (strncmp(*p, word, len) != 0)
		return false;
	*ret_n = strtoull(from, &end, 10);
	*p = *end == ' ' ? end + 1 : end;
	return end != from;
}

void
spoolmark_read(int dir, const uint8_t id[static 16], struct spoolmark *ret_m)
{
	char name[SPOOLMARK_NAME_MAX], text[TEXT_MAX + 1];
	struct spoolmark m = { 0 };
	const char *p = text;
	uint64_t since;
	ssize_t n;
	int fd;

	*ret_m = m;
	spoolmark_name(id, name);
	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	if (take(&p, "since", &since) && take(&p, "acked", &m.acked_seq) &&
	    take(&p, "", &m.acked_dns) && take(&p, "next", &m.next_seq) &&
	    take(&p, "", &m.next_dns)) {
		m.since = (int64_t)since;
		if (*p == '\n')
			spoolowed_read(&m.owed, p + 1);
		*ret_m = m;
	}
}

/* Is that all of the stream? */
static bool
is_all(const struct spoolmark *m, uint64_t seq, uint64_t dns)
{
	return seq >= m->next_seq && dns >= m->next_dns;
}

void
spoolmark_settle(struct spoolmark *m, mono_t now)
{
	for (unsigned int i = m->owed.n; i-- > 0;) {
		struct spoolowed_one *one = &m->owed.one[i];

		one->since = now;
		if (is_all(m, one->seq, one->dns))
			spoolowed_drop(&m->owed, one);
	}
}

/* Returns whether that is more than before. */
static bool
raise_to(uint64_t *seq, uint64_t *dns, uint64_t to_seq, uint64_t to_dns)
{
	if (to_seq < *seq || to_dns < *dns ||
	    (to_seq == *seq && to_dns == *dns))
		return false;
	*seq = to_seq;
	*dns = to_dns;
	return true;
}

bool
spoolmark_acked(
    struct spoolmark *m, const char *who, uint64_t seq, uint64_t dns)
{
	struct spoolowed_one *one = spoolowed_find(&m->owed, who);
	bool news = raise_to(&m->acked_seq, &m->acked_dns, seq, dns);

	if (one != NULL) {
		news |= raise_to(&one->seq, &one->dns, seq, dns);
		if (is_all(m, one->seq, one->dns)) {
			spoolowed_drop(&m->owed, one);
			news = true;
		}
	}
	return news;
}

bool
spoolmark_was_had(const struct spoolmark *m)
{
	return is_all(m, m->acked_seq, m->acked_dns);
}

bool
spoolmark_is_over(const struct spoolmark *m)
{
	return spoolmark_was_had(m) && m->owed.n == 0;
}

void
spoolmark_remove(int dir, const uint8_t id[static 16])
{
	char name[SPOOLMARK_NAME_MAX];

	spoolmark_name(id, name);
	(void)unlinkat(dir, name, 0);
}
