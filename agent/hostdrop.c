/* SPDX-License-Identifier: BSD-3-Clause */
/* What this host lost since the agent began, in places it does not watch. */
#include "agent/hostdrop.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docfile.h"
#include "agent/docproc.h"

#define TEXT_LINE  512
#define ROOM_FIRST 16

/* Room for one more: new, or that of who was not seen for longest, or NULL. */
static struct hostdrop_place *
make_room(struct hostdrop *h)
{
	size_t oldest = 0;

	if (h->n == h->room && h->room < HOSTDROP_PLACES) {
		const size_t room = h->room == 0 ? ROOM_FIRST : h->room * 2;
		void *p = realloc(h->place, room * sizeof(*h->place));

		if (p == NULL)
			return NULL;
		h->place = p;
		h->room = room;
	}
	if (h->n < h->room)
		return &h->place[h->n++];
	for (size_t i = 1; i < h->n; i++) {
		if (h->place[i].seen < h->place[oldest].seen)
			oldest = i;
	}
	return h->place[oldest].seen < h->samples ? &h->place[oldest] : NULL;
}

/*
 * The place ${name}, or NULL.  With ${make} it is made if there is none yet:
 * most places never lose anything, and need no memory.
 */
static struct hostdrop_place *
find(struct hostdrop *h, const char *name, bool make)
{
	struct hostdrop_place *p;

	for (size_t i = 0; i < h->n; i++) {
		if (strcmp(h->place[i].name, name) == 0)
			return &h->place[i];
	}
	if (!make || (p = make_room(h)) == NULL)
		return NULL;
	*p = (struct hostdrop_place){ .last = 0 };
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

/* Add what ${last} grew by; one that is smaller was made anew. */
static void
add(uint64_t *grown, uint64_t *last, uint64_t now)
{
	*grown += now < *last ? now : now - *last;
	*last = now;
}

static void
add_place(struct hostdrop *h, uint64_t *grown, const char *name, uint64_t now)
{
	struct hostdrop_place *p = find(h, name, now > 0);

	if (p == NULL)
		return;
	p->seen = h->samples;
	add(grown, &p->last, now);
}

static void
read_ifaces(struct hostdrop *h)
{
	FILE *fp = docfile_open(h->root, "/proc/net/dev");
	char line[TEXT_LINE], name[IFNAMSIZ];

	if (fp == NULL)
		return;
	while (fgets(line, sizeof(line), fp) != NULL) {
		const uint64_t drops = docproc_dev(name, line);

		if (name[0] != '\0')
			add_place(h, &h->grown.iface, name, drops);
	}
	(void)fclose(fp);
}

static void
read_softnet(struct hostdrop *h)
{
	FILE *fp = docfile_open(h->root, "/proc/net/softnet_stat");
	char line[TEXT_LINE], name[IFNAMSIZ];
	struct docproc_softnet n;
	unsigned int row = 0;

	if (fp == NULL)
		return;
	for (; fgets(line, sizeof(line), fp) != NULL; row++) {
		if (docproc_softnet(&n, line, row) != 0)
			continue;
		(void)snprintf(name, sizeof(name), ":%u", n.cpu);
		add_place(h, &h->grown.softnet, name, n.dropped);
	}
	(void)fclose(fp);
}

static void
read_udp(struct hostdrop *h)
{
	char text[DOCFILE_MAX];
	uint64_t v4 = 0;
	uint64_t v6 = 0;

	if (docfile_text(text, h->root, "/proc/net/snmp") == 0)
		(void)docproc_pair(&v4, text, "Udp", "RcvbufErrors");
	if (docfile_text(text, h->root, "/proc/net/snmp6") == 0)
		(void)docproc_named(&v6, text, "Udp6RcvbufErrors");
	/* Nobody makes these anew: what is smaller was not read. */
	if (v4 + v6 >= h->udp)
		add(&h->grown.udp, &h->udp, v4 + v6);
}

void
hostdrop_sample(struct hostdrop *h)
{
	h->samples++;
	read_ifaces(h);
	read_softnet(h);
	read_udp(h);
}

void
hostdrop_start(struct hostdrop *h, const char *root)
{
	*h = (struct hostdrop){ .root = root };
	hostdrop_sample(h);
	h->grown = (struct hostdrop_sums){ 0 };
}

void
hostdrop_done(struct hostdrop *h)
{
	free(h->place);
	*h = (struct hostdrop){ .n = 0 };
}
