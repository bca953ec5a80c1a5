/* SPDX-License-Identifier: BSD-3-Clause */
/* What is written down of a stream beside its files. */
#include "agent/spoolmark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 192 /* octets of a mark */

void
spoolmark_name(const uint8_t id[static 16], char dst[static SPOOLMARK_NAME_MAX])
{
	for (size_t i = 0; i < 16; i++)
		snprintf(dst + 2 * i, 3, "%02x", id[i]);
	memcpy(dst + 32, ".mark", 6);
}

void
spoolmark_write(int fd, const struct spoolmark *m)
{
	char text[TEXT_MAX];
	const int n = snprintf(text, sizeof(text),
	    "since %019" PRId64 " acked %020" PRIu64 " %020" PRIu64
	    " next %020" PRIu64 " %020" PRIu64 "\n",
	    m->since, m->acked_seq, m->acked_dns, m->next_seq, m->next_dns);

	if (fd >= 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
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
	char name[SPOOLMARK_NAME_MAX], text[TEXT_MAX];
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
		*ret_m = m;
	}
}

void
spoolmark_remove(int dir, const uint8_t id[static 16])
{
	char name[SPOOLMARK_NAME_MAX];

	spoolmark_name(id, name);
	(void)unlinkat(dir, name, 0);
}
