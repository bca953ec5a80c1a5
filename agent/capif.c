/* SPDX-License-Identifier: BSD-3-Clause */
/* An interface to capture from: which one it is, its name, filter and drops. */
#include "agent/capif.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/filter.h"
#include "agent/netns.h"
#include "agent/pktlink.h"
#include "base/log.h"

#define CONTROL "ctrl" /* how CORE's interfaces to a control network begin */

void
capif_init(struct capif *ret_c, const struct capif_env *env, const char *name,
    int index)
{
	*ret_c = (struct capif){ .env = env, .index = index };
	(void)snprintf(ret_c->name, sizeof(ret_c->name), "%s", name);
}

void
capif_warn(const struct capif *c, const char *fmt, ...)
{
	const char *node = c->env->node;
	char text[CAPDEV_ERR_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx(
	    "%s%s%s: %s", node, node[0] == '\0' ? "" : ": ", c->name, text);
}

/* The interface by its number: after a renaming its name is another one's. */
static const struct ifwatch_if *
iface_of(const struct capif *c)
{
	const int index = c->index != 0 ? c->index : c->bound;

	return index > 0 ? ifwatch_index(c->env->watch, index) : NULL;
}

static const char *
make_filter(const struct capif *c, char dst[static FILTER_MAX])
{
	const struct cap_conf *conf = c->env->conf;
	const struct ifwatch_if *i =
	    conf->mac_iface == NULL
		? iface_of(c)
		: ifwatch_name(c->env->watch, conf->mac_iface);
	struct filter_host h = { 0 };

	if (i != NULL) {
		/* The cooked header of "any" has no place for most MACs. */
		h.has_mac = i->has_mac && strcmp(c->name, CAPDEV_ANY) != 0;
		h.has_v4 = i->has_v4;
		memcpy(h.mac, i->mac, sizeof(h.mac));
		memcpy(h.v4, i->v4, sizeof(h.v4));
	}
	return filter_make(dst, conf->mode, &h);
}

/* Returns 0, or -1 with a reason in .err; then the filter stays. */
static int
set_filter(struct capif *c, pcap_t *p)
{
	char filter[FILTER_MAX];
	char *copy;
	const char *why = make_filter(c, filter);

	if (why != NULL) {
		(void)snprintf(
		    c->err, sizeof(c->err), "mode needs more: %s", why);
		return -1;
	}
	if (p == c->pcap && strcmp(filter, c->filter) == 0)
		return 0;
	if (capdev_filter(p, filter, c->err) != 0) {
		c->hopeless = c->index != 0;
		return -1;
	}
	if ((copy = strdup(filter)) == NULL) {
		(void)snprintf(c->err, sizeof(c->err), "%s", strerror(errno));
		return -1;
	}
	free(c->filter);
	c->filter = copy;
	return 0;
}

/* Take its name from the table; the user's choice of a name stays. */
static void
take_name(struct capif *c)
{
	const struct ifwatch_if *i = iface_of(c);

	if (c->index != 0 && i != NULL)
		(void)snprintf(c->name, sizeof(c->name), "%s", i->name);
}

/* What fails anyway need not cost the time of opening, again and again. */
static bool
may_have_filter(struct capif *c)
{
	char filter[FILTER_MAX];
	const char *why = c->index == 0 ? NULL : make_filter(c, filter);

	if (why != NULL) {
		(void)snprintf(
		    c->err, sizeof(c->err), "mode needs more: %s", why);
	}
	return why == NULL;
}

void
capif_prepare(struct capif *c)
{
	take_name(c);
	c->fresh = NULL;
	c->status = CAPDEV_BAD;
	if (!may_have_filter(c))
		return;
	if (netns_enter(c->env->ns) != 0) {
		(void)snprintf(c->err, sizeof(c->err), "%s", strerror(errno));
		return;
	}
	c->status = capdev_open(&c->fresh, c->env->conf, c->name, c->err);
	netns_leave(c->env->ns);
}

/* Returns 0, or -1 with a reason in .err. */
static int
set_up(struct capif *c, pcap_t *p)
{
	const int linktype = pcap_datalink(p);

	if (!pktlink_known(linktype)) {
		(void)snprintf(c->err, sizeof(c->err),
		    "link type %d is not supported", linktype);
		c->hopeless = c->index != 0;
		return -1;
	}
	if (set_filter(c, p) != 0 ||
	    capdev_prepare(p, c->env->conf, c->err) != 0)
		return -1;
	c->linktype = linktype;
	return 0;
}

/* Later ones are compared with the interface as it is now. */
static void
note_iface(struct capif *c)
{
	const struct ifwatch_if *i = iface_of(c);

	/* The news of it may still be on its way. */
	if (i == NULL && c->bound > 0 && ifwatch_refresh(c->env->watch) == 0)
		i = iface_of(c);
	c->seen_iface = i == NULL ? 0 : i->missed;
	c->hwtype = i == NULL ? 0 : i->hwtype;
}

static int
refuse(struct capif *c)
{
	if (!c->told)
		capif_warn(c, "%s", c->err);
	c->told = true;
	return -1;
}

int
capif_finish(struct capif *c)
{
	pcap_t *p = c->fresh;

	c->fresh = NULL;
	if (c->status == CAPDEV_NOT_YET)
		return 0;
	if (c->status == CAPDEV_BAD)
		return refuse(c);
	c->bound = capdev_index(p);
	/* It may have got this name just now. */
	if (c->index != 0 && c->bound != c->index) {
		pcap_close(p);
		return 0;
	}
	note_iface(c);
	if (set_up(c, p) != 0) {
		pcap_close(p);
		return refuse(c);
	}
	c->pcap = p;
	c->seen_ring = 0;
	c->told = false;
	return 1;
}

const char *
capif_update(struct capif *c)
{
	const struct ifwatch_if *i = iface_of(c);

	/* libpcap does not always see that it has gone. */
	if (c->bound != 0 && capdev_index(c->pcap) != c->bound)
		return "The interface disappeared";
	if (i != NULL && c->hwtype != 0 && i->hwtype != c->hwtype)
		return "The interface has another link type now";
	take_name(c);
	if (set_filter(c, c->pcap) != 0 && !c->told) {
		capif_warn(c, "the filter stays as it was: %s", c->err);
		c->told = true;
	}
	return NULL;
}

static void
read_drops(struct capif *c)
{
	const struct ifwatch_if *i = iface_of(c);

	if (c->pcap == NULL)
		return;
	c->ring += capdev_dropped(c->pcap, &c->seen_ring);
	if (i == NULL)
		return;
	/* A driver that starts again counts from 0. */
	if (i->missed > c->seen_iface)
		c->iface += i->missed - c->seen_iface;
	c->seen_iface = i->missed;
}

void
capif_lose(struct capif *c)
{
	if (c->pcap == NULL)
		return;
	read_drops(c);
	pcap_close(c->pcap);
	c->pcap = NULL;
}

bool
capif_wanted(const struct ifwatch_if *i)
{
	return !i->loopback && strncmp(i->name, CONTROL, strlen(CONTROL)) != 0;
}

bool
capif_gone(const struct capif *c)
{
	const struct ifwatch_if *i = ifwatch_index(c->env->watch, c->index);

	if (c->index == 0)
		return false;
	if (i == NULL || (c->pcap != NULL && capdev_index(c->pcap) < 0))
		return true;
	return !capif_wanted(i) || (c->hwtype != 0 && i->hwtype != c->hwtype);
}

uint16_t
capif_number(const struct capif *c)
{
	struct hello_iface i = { .linktype = (uint16_t)c->linktype };

	memcpy(i.name, c->name, strnlen(c->name, sizeof(i.name) - 1));
	memcpy(i.node, c->env->node, strnlen(c->env->node, sizeof(i.node) - 1));
	memcpy(i.filter, c->filter, strnlen(c->filter, sizeof(i.filter) - 1));
	return iftab_add(c->env->tab, &i);
}

void
capif_drops(struct capif *c, uint64_t *ret_ring, uint64_t *ret_iface)
{
	read_drops(c);
	*ret_ring += c->ring;
	*ret_iface += c->iface;
	c->ring = c->iface = 0;
}

void
capif_done(struct capif *c)
{
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	free(c->filter);
}
