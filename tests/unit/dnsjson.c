/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: JSON text to observations of DNS answers. */
#include "tests/unit/dnsjson.h"

#include <arpa/inet.h>
#include <err.h>
#include <jansson.h>
#include <string.h>

static void
set_client(struct obs_dns *d, const char *text)
{
	d->ipver = 0;
	if (text == NULL)
		return;
	d->ipver = strchr(text, ':') != NULL ? 6 : 4;
	if (inet_pton(d->ipver == 4 ? AF_INET : AF_INET6, text, d->client) != 1)
		errx(1, "client %s", text);
}

static void
set_addr(struct dnsjson *d, const char *text)
{
	const int af = d->obs.dns.qtype == 1 ? AF_INET : AF_INET6;

	if (text == NULL)
		return;
	if (inet_pton(af, text, d->addr.addr) != 1)
		errx(1, "address %s", text);
	d->addr.ttl = 300;
	d->obs.dns.addrs = &d->addr;
	d->obs.dns.n_addrs = 1;
}

static size_t
add_name(struct dnsjson *d, size_t at, const char *text, size_t len)
{
	const size_t n = dnsname_parse(&d->names[at], text, len);

	if (n == 0 || d->obs.dns.n_names == OBS_DNS_NAMES_MAX)
		errx(1, "name %.*s", (int)len, text);
	d->obs.dns.n_names++;
	return at + n;
}

static void
begin(struct dnsjson *d, uint16_t qtype)
{
	memset(d, 0, sizeof(*d));
	d->obs.kind = OBS_DNS;
	d->obs.time = wall_make(1700000000, 0);
	d->obs.dns.what = OBS_DNS_ANSWER;
	d->obs.dns.qtype = qtype;
	d->obs.dns.names = d->names;
	d->obs.dns.resolver = "";
}

static uint16_t
get_rcode(const char *status)
{
	static const struct {
		const char *name;
		uint16_t rcode;
	} known[] = { { "NOERROR", 0 }, { "NXDOMAIN", 3 }, { "SERVFAIL", 2 },
		{ "BADVERS", 16 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, status) == 0)
			return known[i].rcode;
	}
	errx(1, "status %s", status);
}

static const char *
get_word(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
dnsjson_next(struct dnsjson *d, FILE *fp)
{
	json_t *root = json_loadf(fp, JSON_DISABLE_EOF_CHECK, NULL);
	const json_t *chain = json_object_get(root, "chain");
	size_t at = 0;

	if (root == NULL)
		return false;
	begin(d, strcmp(get_word(root, "qtype"), "A") == 0 ? 1 : 28);
	d->obs.dns.rcode = get_rcode(get_word(root, "status"));
	for (size_t i = json_array_size(chain); i > 0; i--) {
		const char *name =
		    json_string_value(json_array_get(chain, i - 1));

		at = add_name(d, at, name, strlen(name));
	}
	set_client(&d->obs.dns, get_word(root, "client"));
	set_addr(d, get_word(root, "address"));
	json_decref(root);
	return true;
}

void
dnsjson_answer(struct dnsjson *d, const char *client, uint16_t qtype,
    const char *question, const char *addr)
{
	size_t at = 0;

	begin(d, qtype);
	d->obs.dns.rcode = addr == NULL ? 3 : 0;
	while (*question != '\0') {
		const size_t len = strcspn(question, " ");

		at = add_name(d, at, question, len);
		question += len + (question[len] == ' ');
	}
	set_client(&d->obs.dns, client);
	set_addr(d, addr);
}
