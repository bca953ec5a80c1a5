/* SPDX-License-Identifier: BSD-3-Clause */
/* What a doctor found: values, what is wrong with them, what mends it. */
#include "agent/docset.h"

#include <stdlib.h>
#include <string.h>

struct docset_item
docset_make(enum docset_check check, enum docset_kind kind, const char *subject,
    const char *name)
{
	struct docset_item it = { .check = check, .kind = kind };

	memcpy(it.subject, subject, strnlen(subject, sizeof(it.subject) - 1));
	memcpy(it.name, name, strnlen(name, sizeof(it.name) - 1));
	return it;
}

void
docset_add(struct docset *s, const struct docset_item *item)
{
	if (s->n == s->room) {
		const size_t room = s->room == 0 ? 64 : s->room * 2;
		void *p = room > DOCSET_MAX
			      ? NULL
			      : realloc(s->item, room * sizeof(*s->item));

		if (p == NULL) {
			s->incomplete = true;
			return;
		}
		s->item = p;
		s->room = room;
	}
	s->item[s->n++] = *item;
}

static const struct docset_item *
find(const struct docset *s, const struct docset_item *like)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct docset_item *it = &s->item[i];

		if (it->check == like->check && it->id == like->id &&
		    it->err == 0 && strcmp(it->name, like->name) == 0 &&
		    strcmp(it->subject, like->subject) == 0)
			return it;
	}
	return NULL;
}

void
docset_grown(struct docset *s, const struct docset *was)
{
	for (size_t i = 0; i < s->n; i++) {
		struct docset_item *it = &s->item[i];
		const struct docset_item *old;

		if (it->kind != DOCSET_COUNTER || it->err != 0 ||
		    (old = find(was, it)) == NULL)
			continue;
		/* one that went back was made anew */
		if (it->value >= old->value)
			it->value -= old->value;
	}
}

bool
docset_wrong(const struct docset_item *item)
{
	if (item->err != 0)
		return false;
	switch (item->kind) {
	case DOCSET_SWITCH:
	case DOCSET_COUNTER:
		return item->value != 0;
	case DOCSET_LEAST:
		return item->value < item->want;
	case DOCSET_FACT:
		break;
	}
	return false;
}

const char *
docset_check_name(enum docset_check check)
{
	static const char *const name[DOCSET_CHECKS] = { "offload", "buffers",
		"udp", "interface", "softnet", "steering", "capture" };

	return name[check];
}

void
docset_done(struct docset *s)
{
	free(s->item);
	*s = (struct docset){ .n = 0 };
}
