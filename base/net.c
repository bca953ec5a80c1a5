/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and stream sockets: TCP, and UNIX-domain; all non-blocking. */
#include "base/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG  512
#define UNIX_LEN (sizeof(NET_UNIX) - 1)

_Static_assert(
    NET_PATH_MAX == sizeof(((struct sockaddr_un *)0)->sun_path), "its size");

static int
parse_port(uint16_t *ret_port, const char *text)
{
	unsigned int v = 0;
	size_t n = 0;

	for (; text[n] >= '0' && text[n] <= '9' && n < 6; n++)
		v = v * 10 + (unsigned int)(text[n] - '0');
	if (n == 0 || text[n] != '\0' || v > UINT16_MAX)
		return -1;
	*ret_port = (uint16_t)v;
	return 0;
}

static int
copy_host(struct net_hostport *hp, const char *host, size_t len)
{
	if (len >= sizeof(hp->host))
		return -1;
	memcpy(hp->host, host, len);
	hp->host[len] = '\0';
	return 0;
}

static int
parse_bracketed(
    struct net_hostport *hp, const char *text, const char **ret_rest)
{
	const char *end = strchr(text, ']');

	/* Only an IPv6 address has colons, and only it needs brackets. */
	if (end == NULL || memchr(text, ':', (size_t)(end - text)) == NULL)
		return -1;
	*ret_rest = end + 1;
	return copy_host(hp, text + 1, (size_t)(end - text) - 1);
}

static int
parse_path(struct net_hostport *ret_hp, const char *text)
{
	const size_t len = strlen(text);

	if (len == UNIX_LEN || len - UNIX_LEN >= NET_PATH_MAX)
		return -1;
	ret_hp->port = 0;
	return copy_host(ret_hp, text, len);
}

const char *
net_path(const char *host)
{
	return strncmp(host, NET_UNIX, UNIX_LEN) == 0 ? host + UNIX_LEN : NULL;
}

int
net_parse(struct net_hostport *ret_hp, const char *text, uint16_t defport)
{
	struct net_hostport hp = { .port = defport };
	const char *rest = strrchr(text, ':');

	if (text[0] == '\0')
		return -1;
	if (net_path(text) != NULL)
		return parse_path(ret_hp, text);
	if (text[0] == '[') {
		if (parse_bracketed(&hp, text, &rest) != 0)
			return -1;
	} else {
		if (rest == NULL)
			rest = text + strlen(text);
		/* An IPv6 address without brackets would be ambiguous. */
		if (memchr(text, ':', (size_t)(rest - text)) != NULL ||
		    copy_host(&hp, text, (size_t)(rest - text)) != 0)
			return -1;
	}
	if (*rest == '\0') {
		if (defport == 0)
			return -1;
	} else if (*rest != ':' || parse_port(&hp.port, rest + 1) != 0) {
		return -1;
	}
	*ret_hp = hp;
	return 0;
}

void
net_text(char *dst, size_t len, const struct net_hostport *hp)
{
	const bool v6 = strchr(hp->host, ':') != NULL;

	if (net_path(hp->host) != NULL) {
		(void)snprintf(dst, len, "%s", hp->host);
	} else {
		(void)snprintf(dst, len, "%s%s%s:%u", v6 ? "[" : "", hp->host,
		    v6 ? "]" : "", hp->port);
	}
}

int
net_local(struct net_addr *ret_addr, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (path[0] == '\0' || strlen(path) >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, path, strlen(path));
	*ret_addr = (struct net_addr){ .len = sizeof(sun) };
	memcpy(&ret_addr->ss, &sun, sizeof(sun));
	return 0;
}

/* A literal address; an empty host is all addresses. */
static int
literal(struct net_addr *ret, const struct net_hostport *hp)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *res;
	char port[8];

	(void)snprintf(port, sizeof(port), "%u", hp->port);
	if (hp->host[0] == '\0') {
		struct sockaddr_in6 any = { .sin6_family = AF_INET6,
			.sin6_port = htons(hp->port),
			.sin6_addr = IN6ADDR_ANY_INIT };

		memcpy(&ret->ss, &any, sizeof(any));
		ret->len = sizeof(any);
		return 0;
	}
	if (getaddrinfo(hp->host, port, &hints, &res) != 0) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&ret->ss, res->ai_addr, res->ai_addrlen);
	ret->len = res->ai_addrlen;
	freeaddrinfo(res);
	return 0;
}

static uint16_t
port_of(const struct sockaddr_storage *ss)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (ss->ss_family == AF_INET) {
		memcpy(&v4, ss, sizeof(v4));
		return ntohs(v4.sin_port);
	}
	memcpy(&v6, ss, sizeof(v6));
	return ntohs(v6.sin6_port);
}

static int
new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void
set_option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

int
net_listen(const struct net_hostport *hp, uint16_t *ret_port)
{
	struct net_addr a = { .len = 0 };
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);
	int err;
	int fd;

	if (literal(&a, hp) != 0)
		return -1;
	fd = new_socket(a.ss.ss_family);
	if (fd < 0 && errno == EAFNOSUPPORT && hp->host[0] == '\0') {
		/* A host without IPv6: all addresses are IPv4's. */
		struct sockaddr_in any = { .sin_family = AF_INET,
			.sin_port = htons(hp->port) };

		memcpy(&a.ss, &any, sizeof(any));
		a.len = sizeof(any);
		fd = new_socket(AF_INET);
	}
	if (fd < 0)
		return -1;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (a.ss.ss_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, hp->host[0] != '\0');
	if (bind(fd, (const struct sockaddr *)&a.ss, a.len) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		goto close_fd;
	*ret_port = port_of(&ss);
	return fd;

close_fd:
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

bool
net_is_local(int fd)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return false;
	if (ss.ss_family == AF_UNIX)
		return true;
	if (ss.ss_family == AF_INET) {
		memcpy(&v4, &ss, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	memcpy(&v6, &ss, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static void
set_connection(int fd, sa_family_t family)
{
	if (family == AF_UNIX)
		return;
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int
net_accept(int fd, struct net_addr *ret_addr)
{
	socklen_t len = sizeof(ret_addr->cred);
	int conn;

	ret_addr->len = sizeof(ret_addr->ss);
	do {
		conn = accept4(fd, (struct sockaddr *)&ret_addr->ss,
		    &ret_addr->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (conn < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (conn < 0)
		return -1;
	set_connection(conn, ret_addr->ss.ss_family);
	if (ret_addr->ss.ss_family == AF_UNIX) {
		(void)getsockopt(
		    conn, SOL_SOCKET, SO_PEERCRED, &ret_addr->cred, &len);
	}
	return conn;
}

int
net_dial(const struct net_addr *addr)
{
	const int fd = new_socket(addr->ss.ss_family);
	int err;

	if (fd < 0)
		return -1;
	set_connection(fd, addr->ss.ss_family);
	if (connect(fd, (const struct sockaddr *)&addr->ss, addr->len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	err = errno;
	(void)close(fd);
	errno = err;
	return -1;
}

int
net_dial_result(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return -1;
	if (err == 0)
		return 0;
	errno = err;
	return -1;
}

static void
name_local(char dst[static NET_NAME_MAX], const struct net_addr *addr)
{
	struct sockaddr_un sun;

	memcpy(&sun, &addr->ss, sizeof(sun));
	/* Who connects has no name of its own. */
	if (addr->len > offsetof(struct sockaddr_un, sun_path)) {
		(void)snprintf(dst, NET_NAME_MAX, NET_UNIX "%.*s",
		    (int)sizeof(sun.sun_path), sun.sun_path);
	} else {
		(void)snprintf(dst, NET_NAME_MAX,
		    NET_UNIX "uid=%u,gid=%u,pid=%d", addr->cred.uid,
		    addr->cred.gid, addr->cred.pid);
	}
}

char *
net_name(char dst[static NET_NAME_MAX], const struct net_addr *addr)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	const uint16_t port = port_of(&addr->ss);

	if (addr->ss.ss_family == AF_UNIX) {
		name_local(dst, addr);
		return dst;
	}
	if (addr->ss.ss_family == AF_INET) {
		memcpy(&v4, &addr->ss, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
		(void)snprintf(dst, NET_NAME_MAX, "%s:%u", host, port);
		return dst;
	}
	memcpy(&v6, &addr->ss, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
		(void)inet_ntop(
		    AF_INET, &v6.sin6_addr.s6_addr[12], host, sizeof(host));
		(void)snprintf(dst, NET_NAME_MAX, "%s:%u", host, port);
		return dst;
	}
	(void)inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host));
	if (v6.sin6_scope_id != 0) {
		(void)snprintf(dst, NET_NAME_MAX, "[%s%%%u]:%u", host,
		    v6.sin6_scope_id, port);
	} else {
		(void)snprintf(dst, NET_NAME_MAX, "[%s]:%u", host, port);
	}
	return dst;
}
