/* SPDX-License-Identifier: BSD-3-Clause */
/* Octets of a session that wait for those that belong to them. */
#include "collector/sessrest.h"

#include <stdlib.h>
#include <string.h>

const uint8_t *
sessrest_join(struct sessrest *r, const uint8_t *buf, size_t *len)
{
	uint8_t *all;

	if (r->n == 0)
		return buf;
	if ((all = realloc(r->buf, r->n + *len)) == NULL)
		return NULL;
	memcpy(all + r->n, buf, *len);
	r->buf = all;
	*len += r->n;
	return all;
}

int
sessrest_keep(struct sessrest *r, const uint8_t *p, size_t len)
{
	uint8_t *rest;

	if (len == 0) {
		sessrest_done(r);
		return 0;
	}
	if (r->buf != NULL) {
		memmove(r->buf, p, len);
		if ((rest = realloc(r->buf, len)) != NULL)
			r->buf = rest;
	} else {
		if ((r->buf = malloc(len)) == NULL)
			return -1;
		memcpy(r->buf, p, len);
	}
	r->n = len;
	return 0;
}

void
sessrest_done(struct sessrest *r)
{
	free(r->buf);
	*r = (struct sessrest){ 0 };
}
