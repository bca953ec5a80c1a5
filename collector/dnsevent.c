/* SPDX-License-Identifier: BSD-3-Clause */
/* One JSON datagram of a DNS agent, checked, as a DNS answer. */
#include "collector/dnsevent.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define ADDR_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

enum { A = 1, AAAA = 28, NOERROR = 0, NXDOMAIN = 3 };

__attribute__((format(printf, 3, 4))) static int
bad(struct dnsevent *e, const char *field, const char *fmt, ...)
{
	va_list ap;

	e->field = field;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* The text of ${key}, NULL after a message. */
static const char *
get_text(struct dnsevent *e, const json_t *root, const char *key)
{
	const json_t *v = json_object_get(root, key);

	if (!json_is_string(v)) {
		bad(e, key, "%s", v == NULL ? "is missing" : "is no text");
		return NULL;
	}
	return json_string_value(v);
}

static int
get_id(struct dnsevent *e, const json_t *root)
{
	const json_t *v = json_object_get(root, "id");

	if (v == NULL)
		return bad(e, "id", "is missing");
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return bad(e, "id", "is no number from 0 on");
	e->id = (uint64_t)json_integer_value(v);
	e->has_id = true;
	return 0;
}

/* Whether the last octet is a dot, and not part of an escape. */
static bool
is_absolute(const char *text, size_t len)
{
	size_t n = 0;

	if (len == 0 || text[len - 1] != '.')
		return false;
	while (n + 1 < len && text[len - 2 - n] == '\\')
		n++;
	return n % 2 == 0;
}

/* Add a name behind the others.  Returns its octets, 0 when it is none. */
static size_t
get_name(uint8_t *dst, const json_t *v)
{
	uint8_t name[DNSNAME_MAX];
	const char *text = json_string_value(v);
	const size_t len = json_string_length(v);
	size_t n;

	if (text == NULL || !is_absolute(text, len) ||
	    (n = dnsname_parse(name, text, len)) == 0)
		return 0;
	dnsname_lower(name);
	memcpy(dst, name, n);
	return n;
}

/* The question is last in the chain, and first in an answer. */
static int
get_chain(struct dnsevent *e, const json_t *root)
{
	const json_t *chain = json_object_get(root, "chain");
	const size_t n = json_array_size(chain);
	uint8_t *end = e->names;

	if (!json_is_array(chain)) {
		return bad(e, "chain", "%s",
		    chain == NULL ? "is missing" : "is no array");
	}
	if (n == 0 || n > OBS_DNS_NAMES_MAX) {
		return bad(e, "chain", "has %zu names and not 1 to %d", n,
		    OBS_DNS_NAMES_MAX);
	}
	for (size_t i = n; i > 0; i--) {
		const json_t *v = json_array_get(chain, i - 1);
		const char *text = json_string_value(v);
		const size_t len = get_name(end, v);

		if (len == 0) {
			return bad(e, "chain", "not an absolute name: %.64s",
			    text == NULL ? "no text" : text);
		}
		end += len;
	}
	e->dns.n_names = (uint16_t)n;
	return 0;
}

/* Read an address.  Returns 4 or 6, or 0 when it is none. */
static uint8_t
get_addr(uint8_t ret_addr[static 16], const char *text)
{
	char host[ADDR_MAX] = "";
	const size_t len = strcspn(text, "%");
	const size_t scope = strlen(&text[len]); /* '%' included */

	memset(ret_addr, 0, 16);
	if (scope == 0 && inet_pton(AF_INET, text, ret_addr) == 1)
		return 4;
	if (len >= INET6_ADDRSTRLEN || scope == 1 || scope > IF_NAMESIZE)
		return 0;
	memcpy(host, text, len);
	return inet_pton(AF_INET6, host, ret_addr) == 1 ? 6 : 0;
}

static int
get_client(struct dnsevent *e, const json_t *root)
{
	const char *text = get_text(e, root, "client");

	if (text == NULL)
		return -1;
	e->dns.ipver = get_addr(e->dns.client, text);
	if (e->dns.ipver == 0)
		return bad(e, "client", "not an address: %.64s", text);
	return 0;
}

/* ${ret_ver} becomes 0 when there is no address. */
static int
get_address(struct dnsevent *e, const json_t *root, uint8_t *ret_ver)
{
	const char *text;

	*ret_ver = 0;
	if (json_object_get(root, "address") == NULL)
		return 0;
	if ((text = get_text(e, root, "address")) == NULL)
		return -1;
	if ((*ret_ver = get_addr(e->addr.addr, text)) == 0)
		return bad(e, "address", "not an address: %.64s", text);
	return 0;
}

/* What .status and .qtype say.  As dnsevent_parse. */
static int
get_kind(struct dnsevent *e, const json_t *root)
{
	const char *status = get_text(e, root, "status");
	const char *qtype = status == NULL ? NULL : get_text(e, root, "qtype");

	if (qtype == NULL)
		return -1;
	if (strcmp(status, "NOERROR") == 0) {
		e->dns.rcode = NOERROR;
	} else if (strcmp(status, "NXDOMAIN") == 0) {
		e->dns.rcode = NXDOMAIN;
	} else {
		bad(e, "status", "%.64s", status);
		return 0;
	}
	if (strcmp(qtype, "A") == 0) {
		e->dns.qtype = A;
	} else if (strcmp(qtype, "AAAA") == 0) {
		e->dns.qtype = AAAA;
	} else {
		bad(e, "qtype", "%.64s", qtype);
		return 0;
	}
	return 1;
}

static int
get_all(struct dnsevent *e, const json_t *root)
{
	uint8_t ver;
	int n;

	if (get_id(e, root) != 0 || get_chain(e, root) != 0 ||
	    get_address(e, root, &ver) != 0 || get_client(e, root) != 0)
		return -1;
	if ((n = get_kind(e, root)) <= 0)
		return n;
	if (e->dns.rcode == NXDOMAIN)
		return 1;
	if (ver == 0)
		return bad(e, "address", "is missing");
	if (ver != (e->dns.qtype == A ? 4 : 6))
		return bad(e, "address", "is not of the type asked for");
	e->dns.n_addrs = 1;
	return 1;
}

int
dnsevent_parse(struct dnsevent *ret_e, const char *buf, size_t len)
{
	struct dnsevent *e = ret_e;
	json_error_t why;
	json_t *root;
	int n;

	e->has_id = false;
	e->field = "";
	e->text[0] = '\0';
	e->addr = (struct obs_dns_addr){ .ttl = 0 };
	e->dns = (struct obs_dns){ .what = OBS_DNS_ANSWER,
		.names = e->names,
		.addrs = &e->addr,
		.resolver = "" };
	root = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &why);
	if (root == NULL)
		return bad(e, "datagram", "%s", why.text);
	n = json_is_object(root) ? get_all(e, root)
				 : bad(e, "datagram", "is no object");
	json_decref(root);
	return n;
}
