/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of the INI sections in collector.conf, one row each. */
#include "collector/confrows.h"

#include <string.h>

#include "collector/conf.h"
#include "collector/confflow.h"
#include "collector/flowmap.h"
#include "collector/modelnet.h"
#include "collector/modelskip.h"

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

static const char *
confrows_covered(void *settings, const char *value)
{
	struct conf *c = settings;

	return confflow_nets(&c->covered, &c->n_covered, value);
}

static const char *
confrows_flow_ignore(void *settings, const char *value)
{
	return confflow_ignore(((struct conf *)settings)->flowmap, value);
}

static const char *
confrows_dns_ignore(void *settings, const char *value)
{
	return modelskip_add(((struct conf *)settings)->skip, value);
}

static const char *
confrows_dns_match(void *settings, const char *value)
{
	struct conf *c = settings;

	c->skip_substring = strcmp(value, "substring") == 0;
	return c->skip_substring || strcmp(value, "label") == 0
		   ? NULL
		   : "is neither label nor substring";
}

static const char *
confrows_allow(void *settings, const char *value)
{
	return allow_add(&((struct conf *)settings)->allow, value);
}

static const char *
confrows_expire(void *settings, const char *value)
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
	{ .name = "agents.max-per-address",
	    .type = OPT_INT,
	    .offset = AT(agents_max_per_address),
	    .min = 0,
	    .max = 1000000,
	    .arg = "N",
	    .def = "1000",
	    .help = "Of those, from one address; 0 any number" },
	{ .name = "agents.rate-max",
	    .type = OPT_INT,
	    .offset = AT(rate_max),
	    .min = 0,
	    .max = 1000000000,
	    .arg = "N",
	    .def = "0",
	    .help = "Records a second taken from an agent; 0 any number" },
	{ .name = "agents.allow",
	    .type = OPT_CALL,
	    .call = confrows_allow,
	    .arg = "NETWORK",
	    .help = "Accept agents only from there" },
	{ .name = "tls.cert",
	    .type = OPT_STR,
	    .offset = AT(tls.cert),
	    .arg = "FILE",
	    .help = "Certificate of the collector, PEM" },
	{ .name = "tls.key",
	    .type = OPT_STR,
	    .offset = AT(tls.key),
	    .arg = "FILE",
	    .help = "Its private key, PEM" },
	{ .name = "tls.ca",
	    .type = OPT_STR,
	    .offset = AT(tls.ca),
	    .arg = "FILE",
	    .help = "Who signs the certificates of agents, PEM" },
	{ .name = "tls.name",
	    .type = OPT_STR,
	    .offset = AT(tls.name),
	    .arg = "NAME",
	    .help = "Name in them where we dial; none: any" },
	{ .name = "tls.psk-file",
	    .type = OPT_STR,
	    .offset = AT(tls.psk_file),
	    .arg = "FILE",
	    .help = "Pre-shared keys, lines IDENTITY:HEXKEY" },
	{ .name = "tls.psk-identity",
	    .type = OPT_STR,
	    .offset = AT(tls.psk_identity),
	    .arg = "NAME",
	    .help = "The one that is used where we dial" },
	{ .name = "tls.required",
	    .type = OPT_FLAG,
	    .offset = AT(require_tls),
	    .def = "no",
	    .help = "Turn away agents that do not use TLS" },
	{ .name = "dns.listen",
	    .type = OPT_LIST,
	    .offset = AT(dns_listen),
	    .arg = "ADDR:PORT",
	    .help = "Receive JSON datagrams of DNS answers there" },
	{ .name = "dns.interface",
	    .type = OPT_STR,
	    .offset = AT(dns_iface),
	    .arg = "ADDR-or-NAME",
	    .help = "Interface on which multicast groups are joined" },
	{ .name = "dns.buffer",
	    .type = OPT_SIZE,
	    .offset = AT(dns_buffer),
	    .min = 65536,
	    .max = 1L << 30,
	    .arg = "SIZE",
	    .def = "16M",
	    .help = "Receive buffer of each such address" },
	{ .name = "output.rotate-size",
	    .type = OPT_SIZE,
	    .offset = AT(rotate.size),
	    .min = 0,
	    .max = 1L << 40,
	    .arg = "SIZE",
	    .def = "0",
	    .help = "Begin another file at this size; 0 never" },
	{ .name = "output.rotate-every",
	    .type = OPT_INT,
	    .offset = AT(rotate.every),
	    .min = 0,
	    .max = 31622400,
	    .arg = "SECONDS",
	    .def = "0",
	    .help = "Begin another file so often; 0 never" },
	{ .name = "output.rotate-keep",
	    .type = OPT_INT,
	    .offset = AT(rotate.keep),
	    .min = 0,
	    .max = 1000000,
	    .arg = "N",
	    .def = "0",
	    .help = "Keep so many closed files of each; 0 all" },
	{ .name = "output.rotate-gzip",
	    .type = OPT_FLAG,
	    .offset = AT(rotate.gzip),
	    .def = "no",
	    .help = "Compress closed files" },
	{ .name = "output.stats",
	    .type = OPT_INT,
	    .offset = AT(stats),
	    .min = 0,
	    .max = 86400,
	    .arg = "SECONDS",
	    .def = "0",
	    .help = "Print what takes how long, so often; 0 never" },
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
	{ .name = "state.dir",
	    .type = OPT_STR,
	    .offset = AT(state_dir),
	    .arg = "DIR",
	    .help = "Remember there what the outputs have" },
	{ .name = "state.fsync",
	    .type = OPT_FLAG,
	    .offset = AT(state_fsync),
	    .def = "no",
	    .help = "Wait for the disk whenever something is remembered" },
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
	{ .name = "redis.expire",
	    .type = OPT_CALL,
	    .call = confrows_expire,
	    .arg = "MODE",
	    .def = "grace",
	    .help = "What the life of DNS keys is: grace, or ttl and grace" },
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
	{ .name = "flows.icmpv6",
	    .type = OPT_FLAG,
	    .offset = AT(icmp6),
	    .def = "yes",
	    .help = "Count ICMPv6 errors like those of ICMP" },
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
	{ .name = "flows.ignore",
	    .type = OPT_CALL,
	    .call = confrows_flow_ignore,
	    .arg = "ENDS",
	    .help = "Ends whose flows are left out" },
	{ .name = "flows.idle-timeout",
	    .type = OPT_INT,
	    .offset = AT(idle_s),
	    .min = 1,
	    .max = 86400,
	    .arg = "S",
	    .def = "15",
	    .help = "Seconds without a packet that end a flow" },
	{ .name = "flows.active-timeout",
	    .type = OPT_INT,
	    .offset = AT(active_s),
	    .min = 10,
	    .max = 604800,
	    .arg = "S",
	    .def = "300",
	    .help = "Seconds after which a flow gets another record" },
	{ .name = "flows.max",
	    .type = OPT_INT,
	    .offset = AT(flows_max),
	    .min = 16,
	    .max = 100000000,
	    .arg = "N",
	    .def = "262144",
	    .help = "Flows under way at once" },
	{ .name = "correlate.all-resolvers",
	    .type = OPT_FLAG,
	    .offset = AT(all_resolvers),
	    .def = "yes",
	    .help = "Every client may ask any resolver we ever saw" },
	{ .name = "correlate.covered",
	    .type = OPT_CALL,
	    .call = confrows_covered,
	    .arg = "NETWORKS",
	    .help = "Networks that ask none but the resolvers we see" },
	{ .name = "correlate.reorder",
	    .type = OPT_INT,
	    .offset = AT(reorder_ms),
	    .min = 1,
	    .max = 3600000,
	    .arg = "MS",
	    .def = "5000",
	    .help = "Records that come so late are put in order" },
	{ .name = "correlate.reorder-max",
	    .type = OPT_INT,
	    .offset = AT(reorder_max),
	    .min = 16,
	    .max = 100000000,
	    .arg = "N",
	    .def = "1048576",
	    .help = "Records held back for that" },
	{ .name = "correlate.skew",
	    .type = OPT_INT,
	    .offset = AT(skew_ms),
	    .min = 0,
	    .max = 60000,
	    .arg = "MS",
	    .def = "100",
	    .help = "A flow may seem so much older than its lookup" },
	{ .name = "correlate.dnstap-lag",
	    .type = OPT_INT,
	    .offset = AT(lag_ms),
	    .min = 0,
	    .max = 60000,
	    .arg = "MS",
	    .def = "2000",
	    .help = "Time in which resolvers report an answer" },
	{ .name = "correlate.grace",
	    .type = OPT_INT,
	    .offset = AT(grace_s),
	    .min = 0,
	    .max = 604800,
	    .arg = "S",
	    .def = "60",
	    .help = "An address is used for so long past its TTL" },
	{ .name = "correlate.lookback",
	    .type = OPT_INT,
	    .offset = AT(lookback_s),
	    .min = 1,
	    .max = 604800,
	    .arg = "S",
	    .def = "3600",
	    .help = "How long before a flow its lookup may have been" },
	{ .name = "correlate.names-max",
	    .type = OPT_INT,
	    .offset = AT(names_max),
	    .min = 16,
	    .max = 1000000000,
	    .arg = "N",
	    .def = "1048576",
	    .help = "Addresses looked up that are remembered" },
	{ .name = "correlate.clients-max",
	    .type = OPT_INT,
	    .offset = AT(clients_max),
	    .min = 16,
	    .max = 100000000,
	    .arg = "N",
	    .def = "65536",
	    .help = "Clients of resolvers that are remembered" },
	{ .name = "dns.ignore-match",
	    .type = OPT_CALL,
	    .call = confrows_dns_match,
	    .arg = "HOW",
	    .def = "label",
	    .help = "What ignore means: label or substring" },
	{ .name = "dns.ignore",
	    .type = OPT_CALL,
	    .call = confrows_dns_ignore,
	    .arg = "NAME",
	    .help = "Domain whose questions are left out" },
};
const size_t confrows_n = sizeof(confrows) / sizeof(confrows[0]);

bool
confrows_many(const struct opt_row *row)
{
	return row->type == OPT_LIST || row->call == confrows_allow ||
	       row->call == confrows_own || row->call == confrows_network ||
	       row->call == confrows_map || row->call == confrows_covered ||
	       row->call == confrows_flow_ignore ||
	       row->call == confrows_dns_ignore;
}

void
confrows_print(const struct conf *c, FILE *fp)
{
	opt_print(confrows, confrows_n, c, fp);
	fprintf(fp, "output.text-format = %s\n",
	    c->text_format == LINE_BASIC ? "basic" : "extended");
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
