/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the command line that is about dnstap. */
#include "agent/tapopts.h"

#include <string.h>

#include "base/local.h"
#include "base/log.h"

static const struct {
	const char *name;
	enum dnsdup_mode mode;
} modes[] = { { "client", DNSDUP_CLIENT }, { "name", DNSDUP_NAME },
	{ "off", DNSDUP_OFF } };

static int
find_mode(enum dnsdup_mode *ret, const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0) {
			*ret = modes[i].mode;
			return 0;
		}
	}
	log_errorx("--dns-dedup: unknown word \"%s\"", name);
	return -1;
}

static int
find_perm(struct local_perm *ret, const struct opts *o)
{
	mode_t mode;

	if (local_mode(&mode, o->dnstap_mode) != 0) {
		log_errorx("--dnstap-mode: \"%s\" is not octal, 0 to 777",
		    o->dnstap_mode);
		return -1;
	}
	*ret = (struct local_perm){
		.mode = mode, .uid = (uid_t)-1, .gid = (gid_t)-1
	};
	if (o->dnstap_owner != NULL &&
	    taplisten_owner(ret, o->dnstap_owner) < 0) {
		log_errorx(
		    "--dnstap-owner: no user or group \"%s\"", o->dnstap_owner);
		return -1;
	}
	return 0;
}

int
tapopts_conf(struct tap_conf *ret, const struct opts *o)
{
	*ret = (struct tap_conf){ .where = o->dnstap.item,
		.n_where = o->dnstap.n,
		.max_conns = (unsigned int)o->dnstap_max,
		.file = o->dnstap_file.item,
		.n_files = o->dnstap_file.n,
		.frame_max = (size_t)o->dnstap_frame_max,
		.old = o->dns_old,
		.dup_ns = o->dns_dedup_seconds * MONO_NS_PER_S };
	if (find_mode(&ret->dup, o->dns_dedup) < 0 ||
	    find_perm(&ret->perm, o) < 0)
		return -1;
	return ret->n_where > 0 || ret->n_files > 0;
}
