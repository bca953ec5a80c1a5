/* SPDX-License-Identifier: BSD-3-Clause */
/* Decompressing a file, piece by piece. */
#include "base/gzread.h"

#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#define WINDOW (15 + 16) /* of zlib: the largest, in a gzip header */

struct gzread {
	z_stream z;
	bool inside; /* a member */
	bool more;   /* there was no room for all that is known already */
	bool any;    /* a member was whole */
};

struct gzread *
gzread_new(void)
{
	struct gzread *g = calloc(1, sizeof(*g));

	if (g != NULL && inflateInit2(&g->z, WINDOW) != Z_OK) {
		free(g);
		return NULL;
	}
	return g;
}

/* A member ended: another one may follow, or zeros that fill a block. */
static void
between(struct gzread *g)
{
	while (g->any && g->z.avail_in > 0 && *g->z.next_in == 0) {
		g->z.next_in++;
		g->z.avail_in--;
	}
	if (g->z.avail_in > 0)
		g->inside = true;
}

ssize_t
gzread_run(struct gzread *g, const void *in, size_t len, size_t *ret_used,
    void *out, size_t room)
{
	int rc;

	if (len > UINT32_MAX)
		len = UINT32_MAX;
	if (room > UINT32_MAX)
		room = UINT32_MAX;
	g->z.next_in = in;
	g->z.avail_in = (uInt)len;
	g->z.next_out = out;
	g->z.avail_out = (uInt)room;
	while ((g->z.avail_in > 0 || g->more) && g->z.avail_out > 0) {
		if (!g->inside) {
			between(g);
			continue;
		}
		rc = inflate(&g->z, Z_NO_FLUSH);
		g->more = rc == Z_OK && g->z.avail_out == 0;
		if (rc == Z_BUF_ERROR)
			break;
		if (rc == Z_STREAM_END) {
			g->inside = false;
			g->any = true;
			rc = inflateReset(&g->z);
		}
		if (rc != Z_OK)
			return -1;
	}
	*ret_used = len - g->z.avail_in;
	return (ssize_t)(room - g->z.avail_out);
}

bool
gzread_whole(const struct gzread *g)
{
	return g->any && !g->inside;
}

void
gzread_free(struct gzread *g)
{
	if (g == NULL)
		return;
	(void)inflateEnd(&g->z);
	free(g);
}
