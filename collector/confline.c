/* SPDX-License-Identifier: BSD-3-Clause */
/* The old lines: ID=PORTS, ID=MFLOWS, [NUMBER:]HOST[:PORT]. */
#include "collector/confline.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/net.h"
#include "collector/class.h"
#include "collector/conf.h"

static char *
confline_trim(char *s)
{
	char *end = s + strlen(s);

	while (isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* The whole of ${s} as a decimal number up to ${max}. */
static bool
confline_num(const char *s, uint64_t max, uint64_t *ret_v)
{
	uint64_t v = 0;

	if (*s == '\0' || strlen(s) > 10)
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = 10 * v + (uint64_t)(*s - '0');
	}
	*ret_v = v;
	return v <= max;
}

/* "A" or "A-B". */
static bool
confline_range(char *s, uint64_t max, uint64_t *ret_first, uint64_t *ret_last)
{
	char *dash = strchr(s, '-');

	if (dash == NULL) {
		return confline_num(s, max, ret_first) &&
		       confline_num(s, max, ret_last);
	}
	*dash = '\0';
	return confline_num(confline_trim(s), max, ret_first) &&
	       confline_num(confline_trim(dash + 1), max, ret_last) &&
	       *ret_first <= *ret_last;
}

static const char *
confline_traffic(struct conf *c, const char *id_text, char *spec)
{
	uint64_t id;
	uint64_t first;
	uint64_t last;

	if (!confline_num(id_text, CLASS_ID_MAX, &id) || id == 0)
		return "traffic ids are 1 to 64";
	if (*spec == 'M') {
		if (!confline_range(
			confline_trim(spec + 1), UINT32_MAX, &first, &last)) {
			return "MGEN flows are M0 to M4294967295, "
			       "or a range like M1-9";
		}
		if (class_mgen(c->class, (unsigned int)id, (uint32_t)first,
			(uint32_t)last) != 0)
			return "too many MGEN definitions";
		return NULL;
	}
	if (!confline_range(spec, UINT16_MAX, &first, &last))
		return "ports are 0 to 65535, or a range like 2020-2029";
	class_ports(
	    c->class, (unsigned int)id, (uint16_t)first, (uint16_t)last);
	return NULL;
}

static const char *
confline_add(struct conf *c, unsigned int number, const char *text)
{
	struct conf_agent *agent;
	struct net_hostport hp;
	uint64_t digits;

	if (net_parse(&hp, text, CONF_PORT) != 0 || hp.host[0] == '\0' ||
	    (hp.port == 0 && net_path(hp.host) == NULL) ||
	    (net_path(hp.host) == NULL && strpbrk(hp.host, " \t") != NULL) ||
	    confline_num(hp.host, UINT64_MAX, &digits)) {
		return "a host is ADDRESS:PORT, [IPV6]:PORT, NAME:PORT or "
		       "unix:PATH";
	}
	for (size_t i = 0; i < c->n_agents; i++) {
		if (c->agent[i].number == number)
			return "this host number is taken by an earlier line";
	}
	if (c->n_agents == CONF_AGENTS_MAX)
		return "too many hosts";
	agent = reallocarray(c->agent, c->n_agents + 1, sizeof(*agent));
	if (agent == NULL)
		return "no memory";
	c->agent = agent;
	agent[c->n_agents++] = (struct conf_agent){ number, hp };
	return NULL;
}

/* "NUMBER:HOST:PORT"; without a number it is the line's place in order. */
static const char *
confline_host(struct conf *c, char *line)
{
	uint64_t number = c->n_agents + 1;
	char *colon = strchr(line, ':');

	if (colon != NULL && isdigit((unsigned char)*line) &&
	    strspn(line, "0123456789 \t") == (size_t)(colon - line)) {
		*colon = '\0';
		if (!confline_num(
			confline_trim(line), CONF_AGENTS_MAX, &number) ||
		    number == 0)
			return "host numbers are 1 to 65535";
		line = confline_trim(colon + 1);
	}
	return confline_add(c, (unsigned int)number, line);
}

const char *
confline_parse(struct conf *c, char *line)
{
	char *equal = strchr(line, '=');

	if (equal == NULL)
		return confline_host(c, line);
	*equal = '\0';
	return confline_traffic(
	    c, confline_trim(line), confline_trim(equal + 1));
}
