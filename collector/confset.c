/* SPDX-License-Identifier: BSD-3-Clause */
/* Settings of collector.conf that are no plain numbers or texts. */
#include "collector/confset.h"

#include <string.h>

#include "collector/conf.h"
#include "collector/confflow.h"
#include "collector/flowmap.h"
#include "collector/modelnet.h"
#include "collector/modelskip.h"

const char *
confset_text_format(void *settings, const char *value)
{
	struct conf *c = settings;

	if (strcmp(value, "basic") == 0) {
		c->text_format = LINE_BASIC;
	} else if (strcmp(value, "extended") == 0 ||
		   strcmp(value, "nodes") == 0) {
		c->text_format = LINE_EXTENDED;
	} else {
		return "is not basic, extended or nodes";
	}
	c->text_nodes = value[0] == 'n';
	return NULL;
}

const char *
confset_time_format(void *settings, const char *value)
{
	struct conf *c = settings;

	if (strcmp(value, "epoch") == 0) {
		c->time_format = CONF_TIME_EPOCH;
	} else if (strcmp(value, "iso") == 0) {
		c->time_format = CONF_TIME_ISO;
	} else {
		return "is neither epoch nor iso";
	}
	return NULL;
}

const char *
confset_own(void *settings, const char *value)
{
	return confflow_own(((struct conf *)settings)->flowmap, value);
}

const char *
confset_network(void *settings, const char *value)
{
	return confflow_network(((struct conf *)settings)->flowmap, value);
}

const char *
confset_map(void *settings, const char *value)
{
	return confflow_map(((struct conf *)settings)->flowmap, value);
}

const char *
confset_covered(void *settings, const char *value)
{
	struct conf *c = settings;

	return confflow_nets(&c->covered, &c->n_covered, value);
}

const char *
confset_flow_ignore(void *settings, const char *value)
{
	return confflow_ignore(((struct conf *)settings)->flowmap, value);
}

const char *
confset_dns_ignore(void *settings, const char *value)
{
	return modelskip_add(((struct conf *)settings)->skip, value);
}

const char *
confset_dns_match(void *settings, const char *value)
{
	struct conf *c = settings;

	c->skip_substring = strcmp(value, "substring") == 0;
	return c->skip_substring || strcmp(value, "label") == 0
		   ? NULL
		   : "is neither label nor substring";
}

const char *
confset_allow(void *settings, const char *value)
{
	return allow_add(&((struct conf *)settings)->allow, value);
}

const char *
confset_expire(void *settings, const char *value)
{
	struct conf *c = settings;

	if (strcmp(value, "grace") == 0) {
		c->redis_expire = CONF_EXPIRE_GRACE;
	} else if (strcmp(value, "ttl") == 0) {
		c->redis_expire = CONF_EXPIRE_TTL;
	} else {
		return "is neither grace nor ttl";
	}
	return NULL;
}

bool
confset_adds(confset_fn *set)
{
	return set == confset_allow || set == confset_own ||
	       set == confset_network || set == confset_map ||
	       set == confset_covered || set == confset_flow_ignore ||
	       set == confset_dns_ignore;
}

void
confset_print(const struct conf *c, FILE *fp)
{
	fprintf(fp, "output.text-format = %s\n",
	    c->text_nodes                  ? "nodes"
	    : c->text_format == LINE_BASIC ? "basic"
					   : "extended");
	fprintf(fp, "output.time = %s\n",
	    c->time_format == CONF_TIME_EPOCH ? "epoch" : "iso");
	fprintf(fp, "redis.expire = %s\n",
	    c->redis_expire == CONF_EXPIRE_GRACE ? "grace" : "ttl");
	for (size_t i = 0; i < c->allow.n; i++) {
		char net[ALLOW_TEXT_MAX];

		fprintf(fp, "agents.allow = %s\n",
		    allow_text(net, &c->allow.net[i]));
	}
	flowmap_print(c->flowmap, fp);
	for (size_t i = 0; i < c->n_covered; i++) {
		char net[MODELNET_TEXT_MAX];

		fprintf(fp, "correlate.covered = %s\n",
		    modelnet_text(net, &c->covered[i]));
	}
	fprintf(fp, "dns.ignore-match = %s\n",
	    c->skip_substring ? "substring" : "label");
	modelskip_print(c->skip, fp);
}
