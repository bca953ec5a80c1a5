/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that resolvers connect to: UNIX-domain or TCP. */
#include "agent/taplisten.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define TCP "tcp:"

static int
number(unsigned long *ret, const char *text)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' ||
		       *ret >= UINT32_MAX
		   ? -1
		   : 0;
}

static int
find_group(gid_t *ret, const char *name)
{
	const struct group *gr = getgrnam(name);
	unsigned long id;

	if (gr != NULL) {
		*ret = gr->gr_gid;
		return 0;
	}
	if (number(&id, name) < 0)
		return -1;
	*ret = (gid_t)id;
	return 0;
}

int
taplisten_owner(struct local_perm *ret, const char *text)
{
	const char *colon = strchr(text, ':');
	const struct passwd *pw;
	unsigned long id;
	char user[64];
	const int n =
	    (int)(colon == NULL ? strlen(text) : (size_t)(colon - text));

	if (n >= (int)sizeof(user))
		return -1;
	(void)snprintf(user, sizeof(user), "%.*s", n, text);
	if ((pw = getpwnam(user)) != NULL) {
		ret->uid = pw->pw_uid;
		ret->gid = pw->pw_gid;
	} else if (number(&id, user) == 0) {
		ret->uid = (uid_t)id;
	} else {
		return -1;
	}
	return colon == NULL ? 0 : find_group(&ret->gid, colon + 1);
}

static int
open_tcp(struct taplisten *l, const char *where)
{
	struct net_hostport hp;
	uint16_t port;

	if (net_parse(&hp, where + strlen(TCP), 0) < 0) {
		log_errorx("--dnstap: bad address \"%s\"", where);
		return -1;
	}
	if ((l->l.fd = net_listen(&hp, &port)) < 0) {
		log_error("%s", where);
		return -1;
	}
	(void)snprintf(l->name, sizeof(l->name),
	    strchr(hp.host, ':') == NULL ? TCP "%.*s:%u" : TCP "[%.*s]:%u",
	    NET_NAME_MAX - 12, hp.host, port);
	return 0;
}

int
taplisten_open(
    struct taplisten *ret, const char *where, const struct local_perm *perm)
{
	if (strncmp(where, TCP, strlen(TCP)) != 0) {
		(void)snprintf(ret->name, sizeof(ret->name), "%s", where);
		if (local_listen(&ret->l, where, perm) < 0)
			return -1;
	} else {
		ret->l = (struct local){ .fd = -1, .path = where };
		if (open_tcp(ret, where) < 0)
			return -1;
	}
	log_info("dnstap: listening at %s", ret->name);
	return 0;
}

void
taplisten_close(struct taplisten *l)
{
	local_close(&l->l);
}
