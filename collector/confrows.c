/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the INI sections in collector.conf, one row each. */
#include "collector/confrows.h"

#include <string.h>

#include "collector/conf.h"
#include "collector/confflow.h"
#include "collector/flowmap.h"

static const char *
confrows_text_format(void *settings, const char *value)
{
	struct conf *c = settings;

	if (strcmp(value, "basic") == 0) {
		c->text_format = LINE_BASIC;
	} else if (strcmp(value, "extended") == 0) {
		c->text_format = LINE_EXTENDED;
	} else {
		return "is neither basic nor extended";
	}
	return NULL;
}

static const char *
confrows_time_format(void *settings, const char *value)
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

static const char *
confrows_own(void *settings, const char *value)
{
	return confflow_own(((struct conf *)settings)->flowmap, value);
}

static const char *
confrows_network(void *settings, const char *value)
{
	return confflow_network(((struct conf *)settings)->flowmap, value);
}

static const char *
confrows_map(void *settings, const char *value)
{
	return confflow_map(((struct conf *)settings)->flowmap, value);
}

#define AT(member) offsetof(struct conf, member)

const struct opt_row confrows[] = {
	{ .name = "agents.listen",
	    .type = OPT_LIST,
	    .offset = AT(listen),
	    .arg = "ADDRESS",
	    .help = "Accept agents that dial in there" },
	{ .name = "agents.retry-min",
	    .type = OPT_INT,
	    .offset = AT(retry_min_ms),
	    .min = 10,
	    .max = 3600000,
	    .arg = "MS",
	    .def = "500",
	    .help = "First wait before an agent is dialled again" },
	{ .name = "agents.retry-max",
	    .type = OPT_INT,
	    .offset = AT(retry_max_ms),
	    .min = 10,
	    .max = 3600000,
	    .arg = "MS",
	    .def = "10000",
	    .help = "Longest such wait" },
	{ .name = "agents.max",
	    .type = OPT_INT,
	    .offset = AT(agents_max),
	    .min = 1,
	    .max = 1000000,
	    .arg = "N",
	    .def = "10000",
	    .help = "Connections at once, dialled and accepted" },
	{ .name = "output.to",
	    .type = OPT_LIST,
	    .offset = AT(output),
	    .arg = "OUTPUT",
	    .help = "An output, as -o names it" },
	{ .name = "output.text-format",
	    .type = OPT_CALL,
	    .call = confrows_text_format,
	    .arg = "FORMAT",
	    .def = "basic",
	    .help = "Lines of the text output: basic or extended" },
	{ .name = "output.time",
	    .type = OPT_CALL,
	    .call = confrows_time_format,
	    .arg = "FORMAT",
	    .def = "epoch",
	    .help = "Times of CSV and JSON: epoch or iso" },
	{ .name = "redis.server",
	    .type = OPT_STR,
	    .offset = AT(redis_server),
	    .arg = "HOST",
	    .def = "127.0.0.1",
	    .help = "Address or name of the Redis server" },
	{ .name = "redis.port",
	    .type = OPT_INT,
	    .offset = AT(redis_port),
	    .min = 1,
	    .max = 65535,
	    .arg = "PORT",
	    .def = "6379",
	    .help = "Its TCP port" },
	{ .name = "redis.socket",
	    .type = OPT_STR,
	    .offset = AT(redis_socket),
	    .arg = "PATH",
	    .help = "Its Unix socket, in place of server and port" },
	{ .name = "redis.user",
	    .type = OPT_STR,
	    .offset = AT(redis_user),
	    .arg = "NAME",
	    .help = "User for AUTH" },
	{ .name = "redis.password",
	    .type = OPT_STR,
	    .offset = AT(redis_password),
	    .arg = "TEXT",
	    .help = "Password for AUTH" },
	{ .name = "redis.password-file",
	    .type = OPT_STR,
	    .offset = AT(redis_password_file),
	    .arg = "PATH",
	    .help = "File whose first line is the password" },
	{ .name = "redis.database",
	    .type = OPT_INT,
	    .offset = AT(redis_database),
	    .min = 0,
	    .max = 1000000,
	    .arg = "N",
	    .def = "0",
	    .help = "Database number for SELECT" },
	{ .name = "redis.ttl-grace",
	    .type = OPT_INT,
	    .offset = AT(redis_ttl_grace),
	    .min = 1,
	    .max = 2147483647,
	    .arg = "S",
	    .def = "900",
	    .help = "Seconds until a key expires that nothing adds to" },
	{ .name = "redis.pending",
	    .type = OPT_INT,
	    .offset = AT(redis_pending),
	    .min = 1024,
	    .max = 16777216,
	    .arg = "N",
	    .def = "65536",
	    .help = "Keys whose updates are kept while Redis is away" },
	{ .name = "redis.connect-timeout",
	    .type = OPT_INT,
	    .offset = AT(redis_connect_ms),
	    .min = 10,
	    .max = 600000,
	    .arg = "MS",
	    .def = "5000",
	    .help = "Time to connect and log in" },
	{ .name = "redis.reply-timeout",
	    .type = OPT_INT,
	    .offset = AT(redis_reply_ms),
	    .min = 10,
	    .max = 600000,
	    .arg = "MS",
	    .def = "10000",
	    .help = "Silence that means trouble" },
	{ .name = "redis.drain-timeout",
	    .type = OPT_INT,
	    .offset = AT(redis_drain_ms),
	    .min = 0,
	    .max = 600000,
	    .arg = "MS",
	    .def = "10000",
	    .help = "At the end, wait so long without progress" },
	{ .name = "flows.suppress-own-network",
	    .type = OPT_FLAG,
	    .offset = AT(suppress_own),
	    .def = "yes",
	    .help = "Leave out packets between own networks" },
	{ .name = "flows.recent-max",
	    .type = OPT_INT,
	    .offset = AT(recent_max),
	    .min = 1024,
	    .max = 100000000,
	    .arg = "N",
	    .def = "262144",
	    .help = "Events remembered, so that each counts once" },
	{ .name = "flows.own-networks",
	    .type = OPT_CALL,
	    .call = confrows_own,
	    .arg = "NETWORKS",
	    .help = "Networks whose hosts are ours" },
	{ .name = "flows.network",
	    .type = OPT_CALL,
	    .call = confrows_network,
	    .arg = "NETWORK",
	    .help = "A name for networks, for map" },
	{ .name = "flows.map",
	    .type = OPT_CALL,
	    .call = confrows_map,
	    .arg = "RULE",
	    .help = "Which end is the client" },
};
const size_t confrows_n = sizeof(confrows) / sizeof(confrows[0]);

bool
confrows_many(const struct opt_row *row)
{
	return row->type == OPT_LIST || row->call == confrows_own ||
	       row->call == confrows_network || row->call == confrows_map;
}

void
confrows_print(const struct conf *c, FILE *fp)
{
	opt_print(confrows, confrows_n, c, fp);
	fprintf(fp, "output.text-format = %s\n",
	    c->text_format == LINE_BASIC ? "basic" : "extended");
	fprintf(fp, "output.time = %s\n",
	    c->time_format == CONF_TIME_EPOCH ? "epoch" : "iso");
	flowmap_print(c->flowmap, fp);
}
