/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/corexml -lexpat */
/* The XML of a session: the same in pieces, and no node that could do harm. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/corexml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
feed(struct corexml *x, const uint8_t *data, size_t len, bool last)
{
	return corexml_feed(x, (const char *)data, len, last);
}

/* A name that the reader gives is found by itself, and is clean. */
static void
check(const struct corexml *x, const char *name)
{
	const struct corexml_node *n = corexml_find(x, name);
	char again[COREXML_NAME_MAX];

	if (n == NULL)
		return;
	if (n->id == 0 || n->id > 65535 || n->n_addrs > COREXML_ADDRS_MAX ||
	    strcmp(corexml_clean(again, n->name), n->name) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct corexml *whole = corexml_new();
	struct corexml *parts = corexml_new();
	const size_t cut = size / 2;
	int rc;

	if (whole == NULL || parts == NULL)
		abort();
	rc = feed(whole, data, size, true);
	if ((feed(parts, data, cut, false) != 0 ||
		feed(parts, data + cut, size - cut, true) != 0) != (rc != 0))
		abort();
	check(whole, "n1");
	check(whole, "a_b");
	corexml_free(whole);
	corexml_free(parts);
	return 0;
}
