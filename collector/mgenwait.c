/* SPDX-License-Identifier: BSD-3-Clause */
/* Delays that wait until it is known what the sender's clock shows. */
#include "collector/mgenwait.h"

#include <stdlib.h>

static bool
grow(struct mgenwait *w, size_t *room)
{
	int64_t *ns;

	if (w->n == MGENWAIT_MAX || *room == 0)
		return false;
	ns = reallocarray(w->ns, w->n + MGENWAIT_BLOCK, sizeof(*ns));
	if (ns == NULL)
		return false;
	w->ns = ns;
	--*room;
	return true;
}

bool
mgenwait_put(struct mgenwait *w, int64_t ns, size_t *room)
{
	if (w->n % MGENWAIT_BLOCK == 0 && !grow(w, room))
		return false;
	w->ns[w->n++] = ns;
	return true;
}

void
mgenwait_clear(struct mgenwait *w, size_t *room)
{
	*room += (w->n + MGENWAIT_BLOCK - 1) / MGENWAIT_BLOCK;
	free(w->ns);
	*w = (struct mgenwait){ 0 };
}
