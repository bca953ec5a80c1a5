/* SPDX-License-Identifier: BSD-3-Clause */
/* What the XML of a CORE session says of its nodes: id, name, addresses. */
#include "collector/corexml.h"

#include <errno.h>
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 65535

/*
 * <scenario>
 *   <devices> <device id="1" name="n1"/> ...
 *   <links>   <link node1="1" node2="5"> <iface1 ip4="10.0.0.1" ip6="..."/>
 *
 * CORE 6 says node_one and interface_one where later ones say node1 and iface1.
 */
enum section { OTHER, DEVICES, LINKS };

enum depth { AT_SCENARIO = 1, AT_SECTION, AT_ENTRY, AT_IFACE };

struct corexml {
	XML_Parser parser;
	const char *why;
	size_t size;
	size_t reached; /* where the last tag that expat looked at begins */
	unsigned int depth;
	enum section in;
	unsigned int end[2]; /* ids of the nodes of this link, 0: none */
	struct corexml_node *node;
	size_t n;
	uint16_t at[ID_MAX + 1]; /* place in .node plus one, 0: none */
};

static void
give_up(struct corexml *x, const char *why)
{
	x->why = why;
	(void)XML_StopParser(x->parser, XML_FALSE);
}

/* The value of one of two attributes, NULL without. */
static const char *
value(const char **attr, const char *name, const char *other)
{
	for (; attr[0] != NULL; attr += 2) {
		if (strcmp(attr[0], name) == 0 || strcmp(attr[0], other) == 0)
			return attr[1];
	}
	return NULL;
}

/* An id, 0 when it is none that we can use. */
static unsigned int
read_id(const char *text)
{
	char *end;
	unsigned long id;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	id = strtoul(text, &end, 10);
	return errno != 0 || *end != '\0' || id > ID_MAX ? 0 : (unsigned int)id;
}

char *
corexml_clean(char dst[static COREXML_NAME_MAX], const char *name)
{
	size_t n = 0;

	for (; n < COREXML_NAME_MAX - 1 && name[n] != '\0'; n++) {
		dst[n] = name[n];
		if (dst[n] <= ' ' || dst[n] > '~' || dst[n] == '/')
			dst[n] = '_';
	}
	dst[n] = '\0';
	return dst;
}

static void
add_node(struct corexml *x, const char **attr)
{
	const unsigned int id = read_id(value(attr, "id", "id"));
	const char *name = value(attr, "name", "name");
	struct corexml_node *grown;

	if (id == 0 || x->at[id] != 0 || name == NULL || name[0] == '\0' ||
	    strlen(name) >= COREXML_NAME_MAX)
		return;
	if (x->n == COREXML_NODES_MAX) {
		give_up(x, "too many nodes");
		return;
	}
	grown = reallocarray(x->node, x->n + 1, sizeof(*grown));
	if (grown == NULL) {
		give_up(x, "no memory");
		return;
	}
	x->node = grown;
	x->node[x->n] = (struct corexml_node){ .id = id };
	(void)corexml_clean(x->node[x->n].name, name);
	x->at[id] = (uint16_t)++x->n;
}

/* Only what looks like an address: it is printed. */
static void
add_addr(struct corexml *x, unsigned int id, const char *text)
{
	struct corexml_node *node;

	if (id == 0 || x->at[id] == 0 || text == NULL || text[0] == '\0')
		return;
	node = &x->node[x->at[id] - 1];
	if (node->n_addrs == COREXML_ADDRS_MAX ||
	    strlen(text) >= COREXML_ADDR_MAX ||
	    text[strspn(text, "0123456789abcdefABCDEF.:")] != '\0')
		return;
	(void)snprintf(
	    node->addr[node->n_addrs++], COREXML_ADDR_MAX, "%s", text);
}

static void
in_link(struct corexml *x, const char *name, const char **attr)
{
	const bool one =
	    strcmp(name, "iface1") == 0 || strcmp(name, "interface_one") == 0;
	const bool two =
	    strcmp(name, "iface2") == 0 || strcmp(name, "interface_two") == 0;

	if (!one && !two)
		return;
	add_addr(x, x->end[two], value(attr, "ip4", "ip4"));
	add_addr(x, x->end[two], value(attr, "ip6", "ip6"));
}

static void
on_start(void *arg, const char *name, const char **attr)
{
	struct corexml *x = arg;

	if (++x->depth > COREXML_DEPTH_MAX) {
		give_up(x, "too deep");
	} else if (x->depth == AT_SCENARIO && strcmp(name, "scenario") != 0) {
		give_up(x, "no scenario of CORE");
	} else if (x->depth == AT_SECTION) {
		x->in = strcmp(name, "devices") == 0 ? DEVICES
			: strcmp(name, "links") == 0 ? LINKS
						     : OTHER;
	} else if (x->depth == AT_ENTRY && x->in == DEVICES) {
		if (strcmp(name, "device") == 0)
			add_node(x, attr);
	} else if (x->depth == AT_ENTRY && x->in == LINKS) {
		x->end[0] = read_id(value(attr, "node1", "node_one"));
		x->end[1] = read_id(value(attr, "node2", "node_two"));
	} else if (x->depth == AT_IFACE && x->in == LINKS) {
		in_link(x, name, attr);
	}
}

static void
on_end(void *arg, const char *name)
{
	struct corexml *x = arg;

	(void)name;
	x->depth--;
}

static void
on_doctype(void *arg, const char *name, const char *sysid, const char *pubid,
    int has_internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal;
	give_up(arg, "a document type");
}

struct corexml *
corexml_new(void)
{
	struct corexml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	if ((x->parser = XML_ParserCreate(NULL)) == NULL) {
		free(x);
		errno = ENOMEM;
		return NULL;
	}
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	return x;
}

/*
 * Expat begins anew with each piece of a tag that has no end yet; one that
 * waits for more before it does so (2.6.0, and older ones of distributions)
 * does not tell a place meanwhile.
 */
static bool
is_endless(struct corexml *x)
{
	const XML_Index at = XML_GetCurrentByteIndex(x->parser);

	if (at >= 0)
		x->reached = (size_t)at;
	return x->size - x->reached > COREXML_WORD_MAX;
}

int
corexml_feed(struct corexml *x, const char *data, size_t len, bool last)
{
	if (x->why == NULL && len > COREXML_SIZE_MAX - x->size)
		x->why = "too large";
	if (x->why != NULL)
		return -1;
	x->size += len;
	if (XML_Parse(x->parser, data, (int)len, last) == XML_STATUS_OK) {
		if (last || !is_endless(x))
			return 0;
		x->why = "a tag too long";
	}
	if (x->why == NULL)
		x->why = XML_ErrorString(XML_GetErrorCode(x->parser));
	return -1;
}

const char *
corexml_why(const struct corexml *x)
{
	return x->why;
}

const struct corexml_node *
corexml_find(const struct corexml *x, const char *name)
{
	for (size_t i = 0; x != NULL && i < x->n; i++) {
		if (strcmp(x->node[i].name, name) == 0)
			return &x->node[i];
	}
	return NULL;
}

void
corexml_free(struct corexml *x)
{
	if (x == NULL)
		return;
	XML_ParserFree(x->parser);
	free(x->node);
	free(x);
}
