/* SPDX-License-Identifier: BSD-3-Clause */
/* Which CPUs handle what comes in by an interface without hardware. */
#include "agent/docsteer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docfile.h"
#include "agent/docproc.h"
#include "agent/docquote.h"

/* A mask of ${n} CPUs as /sys wants it, in groups of 32, the last ones first. */
static void
put_mask(char *dst, size_t size, unsigned int n)
{
	size_t at = 0;

	for (unsigned int group = (n + 31) / 32; group-- > 0 && at < size;) {
		const unsigned int left = n - group * 32;

		at += (size_t)snprintf(dst + at, size - at, "%" PRIx32 "%s",
		    left >= 32 ? UINT32_MAX : (1U << left) - 1,
		    group > 0 ? "," : "");
	}
}

/* How many CPUs handle what came in by one queue. */
static void
add_queue(struct docset *s, const char *root, const char *iface,
    const char *queue, unsigned int cpus)
{
	struct docset_item it =
	    docset_make(DOCSET_STEERING, DOCSET_LEAST, iface, queue);
	char text[DOCFILE_MAX], path[96], mask[80], word[DOCQUOTE_MAX];

	(void)snprintf(path, sizeof(path),
	    "/sys/class/net/%.15s/queues/%.24s/rps_cpus", iface, queue);
	it.err = docfile_text(text, root, path);
	it.value = it.err == 0 ? docproc_mask(text) : 0;
	it.want = cpus > 1 ? cpus : 0;
	put_mask(mask, sizeof(mask), cpus);
	(void)snprintf(it.mend, sizeof(it.mend),
	    "echo %s >/sys/class/net/%s/queues/%.24s/rps_cpus", mask,
	    docquote_word(word, iface), queue);
	docset_add(s, &it);
}

static unsigned int
count_cpus(const char *root)
{
	char text[DOCFILE_MAX];

	if (docfile_text(text, root, "/sys/devices/system/cpu/online") != 0)
		return 1;
	return docproc_list(text);
}

void
docsteer_add(struct docset *s, const char *root, const char *iface)
{
	const unsigned int cpus = count_cpus(root);
	char path[PATH_MAX];
	struct dirent **entry;
	int n;

	(void)snprintf(
	    path, sizeof(path), "%s/sys/class/net/%s/queues", root, iface);
	if ((n = scandir(path, &entry, NULL, alphasort)) < 0) {
		struct docset_item it =
		    docset_make(DOCSET_STEERING, DOCSET_FACT, iface, "queues");

		it.err = errno;
		docset_add(s, &it);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (strncmp(entry[i]->d_name, "rx-", 3) == 0)
			add_queue(s, root, iface, entry[i]->d_name, cpus);
		free(entry[i]);
	}
	free(entry);
}
