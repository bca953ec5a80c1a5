/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of the section [flows]: words, then arguments like NAME=VALUE. */
#include "collector/confflow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector/flowmap.h"
#include "collector/modelnet.h"

enum { CONFFLOW_VALUE_MAX = 1024 };

static const char confflow_full[] = "is one too many";

/* The words of a value, copied so that they can be cut. */
struct confflow_words {
	char text[CONFFLOW_VALUE_MAX];
	char *next;
};

static bool
confflow_begin(struct confflow_words *w, const char *value)
{
	const size_t len = strlen(value);

	if (len >= sizeof(w->text))
		return false;
	memcpy(w->text, value, len + 1);
	w->next = w->text;
	return true;
}

static char *
confflow_word(struct confflow_words *w, const char *between)
{
	char *word;

	do {
		word = strsep(&w->next, between);
	} while (word != NULL && *word == '\0');
	return word;
}

const char *
confflow_own(struct flowmap *m, const char *value)
{
	struct confflow_words w;
	struct modelnet net;
	const char *word;
	const char *why;

	if (!confflow_begin(&w, value))
		return "is too long";
	while ((word = confflow_word(&w, ", \t")) != NULL) {
		if ((why = modelnet_parse(&net, word)) != NULL)
			return why;
		if (flowmap_own(m, &net) != 0)
			return confflow_full;
	}
	return NULL;
}

const char *
confflow_nets(struct modelnet **nets, size_t *n, const char *value)
{
	struct confflow_words w;
	struct modelnet net, *more;
	const char *word;
	const char *why;

	if (!confflow_begin(&w, value))
		return "is too long";
	while ((word = confflow_word(&w, ", \t")) != NULL) {
		if ((why = modelnet_parse(&net, word)) != NULL)
			return why;
		more = realloc(*nets, (*n + 1) * sizeof(net));
		if (more == NULL)
			return "finds no memory";
		more[(*n)++] = net;
		*nets = more;
	}
	return NULL;
}

const char *
confflow_network(struct flowmap *m, const char *value)
{
	struct confflow_words w;
	struct modelnet net;
	const char *word;
	const char *why;
	size_t n = 0;
	int name;

	if (!confflow_begin(&w, value))
		return "is too long";
	if ((word = confflow_word(&w, ", \t")) == NULL)
		return "is no \"NAME NETWORK ...\"";
	if (strcmp(word, "*") == 0)
		return "names a network *, which stands for any";
	if ((name = flowmap_name(m, word, true)) < 0)
		return "has a name too long, or one too many";
	for (; (word = confflow_word(&w, ", \t")) != NULL; n++) {
		const bool own = strcmp(word, "own") == 0;

		if (!own && (why = modelnet_parse(&net, word)) != NULL)
			return why;
		if (flowmap_net(m, name, own ? NULL : &net) != 0)
			return confflow_full;
	}
	return n == 0 ? "is no \"NAME NETWORK ...\"" : NULL;
}

static bool
confflow_port(const char *text, unsigned int *ret_port)
{
	unsigned int v = 0;

	if (*text == '\0' || strlen(text) > 5)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = 10 * v + (unsigned int)(*text - '0');
	}
	*ret_port = v;
	return v >= 1 && v <= UINT16_MAX;
}

/* "80,443,8000-8080". */
static const char *
confflow_ports(struct flowmap_rule *r, char *list)
{
	unsigned int first;
	unsigned int last;
	char *word;

	if (r->ports != NULL)
		return "has ports twice";
	if ((r->ports = calloc(1, sizeof(*r->ports))) == NULL)
		return "finds no memory";
	while ((word = strsep(&list, ",")) != NULL) {
		char *dash = strchr(word, '-');

		if (dash != NULL)
			*dash++ = '\0';
		if (!confflow_port(word, &first) ||
		    !confflow_port(dash == NULL ? word : dash, &last) ||
		    first > last)
			return "has ports that are not 1 to 65535";
		for (unsigned int port = first; port <= last; port++)
			r->ports->bit[port / 64] |= UINT64_C(1) << port % 64;
	}
	return NULL;
}

static const char *
confflow_side(enum flowmap_side *ret_side, const char *text)
{
	if (strcmp(text, "src") == 0) {
		*ret_side = FLOWMAP_SRC;
	} else if (strcmp(text, "dst") == 0) {
		*ret_side = FLOWMAP_DST;
	} else {
		return "has a side other than src and dst";
	}
	return NULL;
}

/* Which arguments a rule was given, one bit each. */
enum {
	CONFFLOW_PRECEDENCE = 0x01,
	CONFFLOW_CLIENT = 0x02,
	CONFFLOW_PORT = 0x04,
	CONFFLOW_PORTS = 0x08,
	CONFFLOW_DROP = 0x10
};

/* The value of ${word} when it is "name=value". */
static char *
confflow_value(char *word, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && word[len] == '='
		   ? &word[len + 1]
		   : NULL;
}

static const char *
confflow_arg(struct flowmap_rule *r, unsigned int *given, char *word)
{
	char *v;

	if (strcmp(word, "drop") == 0) {
		*given |= CONFFLOW_DROP;
		r->drop = true;
		return NULL;
	}
	if ((v = confflow_value(word, "precedence")) != NULL) {
		*given |= CONFFLOW_PRECEDENCE;
		return confflow_side(&r->first, v);
	}
	if ((v = confflow_value(word, "client-from")) != NULL) {
		*given |= CONFFLOW_CLIENT;
		return confflow_side(&r->client, v);
	}
	if ((v = confflow_value(word, "port-from")) != NULL) {
		*given |= CONFFLOW_PORT;
		return confflow_side(&r->port, v);
	}
	if ((v = confflow_value(word, "ports")) != NULL) {
		*given |= CONFFLOW_PORTS;
		return confflow_ports(r, v);
	}
	return "has an unknown argument";
}

static const struct confflow_action {
	const char *name;
	enum flowmap_action action;
	unsigned int needs, takes;
} confflow_actions[] = {
	{ "port-match", FLOWMAP_PORT_MATCH, CONFFLOW_PORTS,
	    CONFFLOW_PORTS | CONFFLOW_PRECEDENCE | CONFFLOW_DROP },
	{ "assign", FLOWMAP_ASSIGN, CONFFLOW_CLIENT | CONFFLOW_PORT,
	    CONFFLOW_CLIENT | CONFFLOW_PORT | CONFFLOW_PORTS | CONFFLOW_DROP },
	{ "lower-port", FLOWMAP_LOWER_PORT, 0, CONFFLOW_PRECEDENCE },
};

static const char *
confflow_action(struct flowmap_rule *r, struct confflow_words *w)
{
	const char *name = confflow_word(w, " \t");
	const struct confflow_action *a = confflow_actions;
	const struct confflow_action *end =
	    a + sizeof(confflow_actions) / sizeof(*a);
	unsigned int given = 0;
	const char *why;
	char *word;

	while (a < end && (name == NULL || strcmp(name, a->name) != 0))
		a++;
	if (a == end)
		return "has no action port-match, assign or lower-port";
	r->action = a->action;
	while ((word = confflow_word(w, " \t")) != NULL) {
		if ((why = confflow_arg(r, &given, word)) != NULL)
			return why;
	}
	if ((given & ~a->takes) != 0)
		return "has an argument that its action does not take";
	if ((given & a->needs) != a->needs)
		return "lacks an argument that its action needs";
	return NULL;
}

static const char *
confflow_end(struct flowmap *m, struct confflow_words *w, int *ret_name)
{
	const char *word = confflow_word(w, " \t");

	if (word == NULL)
		return "is no \"FROM TO ACTION ...\"";
	*ret_name = -1;
	if (strcmp(word, "*") == 0)
		return NULL;
	*ret_name = flowmap_name(m, word, false);
	return *ret_name < 0 ? "has a network that no earlier line names"
			     : NULL;
}

const char *
confflow_map(struct flowmap *m, const char *value)
{
	struct flowmap_rule r = { .first = FLOWMAP_SRC };
	struct confflow_words w;
	const char *why;

	if (!confflow_begin(&w, value))
		return "is too long";
	if ((why = confflow_end(m, &w, &r.src_net)) == NULL &&
	    (why = confflow_end(m, &w, &r.dst_net)) == NULL &&
	    (why = confflow_action(&r, &w)) == NULL && flowmap_rule(m, &r) != 0)
		why = confflow_full;
	if (why != NULL)
		free(r.ports);
	return why;
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT". */
static const char *
confflow_one_end(struct flowmap *m, char *word)
{
	static const char wrong[] = "is no ADDRESS:PORT or [ADDRESS]:PORT";
	char *colon = strrchr(word, ':');
	const bool v6 = *word == '[';
	struct modelnet net;
	unsigned int port;

	if (colon == NULL || !confflow_port(colon + 1, &port))
		return wrong;
	*colon = '\0';
	if (v6) {
		word++;
		if (colon[-1] != ']')
			return wrong;
		colon[-1] = '\0';
	}
	if (strchr(word, '/') != NULL || modelnet_parse(&net, word) != NULL ||
	    (net.ipver == 6) != v6)
		return wrong;
	return flowmap_ignore(m, &net, (uint16_t)port) == 0 ? NULL
							    : confflow_full;
}

const char *
confflow_ignore(struct flowmap *m, const char *value)
{
	struct confflow_words w;
	const char *why;
	char *word;

	if (!confflow_begin(&w, value))
		return "is too long";
	while ((word = confflow_word(&w, ", \t")) != NULL) {
		if ((why = confflow_one_end(m, word)) != NULL)
			return why;
	}
	return NULL;
}
