/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and stream sockets: TCP, and UNIX-domain; all non-blocking. */
#ifndef BASE_NET_H_
#define BASE_NET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NET_HOST_MAX 256
#define NET_PATH_MAX 108 /* of a socket in the file system, with the final 0 */
#define NET_NAME_MAX 120 /* "[addr%scope]:port", "unix:PATH" */
#define NET_UNIX     "unix:"

struct net_hostport {
	/* no brackets; empty: all addresses; "unix:PATH": a socket, port 0 */
	char host[NET_HOST_MAX];
	uint16_t port;
};

struct net_addr {
	struct sockaddr_storage ss;
	socklen_t len;
	struct ucred cred; /* of who connected to a UNIX-domain socket */
};

/**
 * net_parse(ret_hp, text, defport):
 * Read HOST, HOST:PORT, V4ADDR:PORT, [V6ADDR], [V6ADDR]:PORT, :PORT or
 * unix:PATH, a path of 1 to NET_PATH_MAX - 1 octets.  ${defport} 0 means that
 * the port must be there.  Returns 0, or -1.
 */
int net_parse(struct net_hostport *ret_hp, const char *text, uint16_t defport);

/**
 * net_path(host):
 * Return the path in ${host} if it is "unix:PATH", else NULL.
 */
const char *net_path(const char *host);

/**
 * net_text(dst, len, hp):
 * Write ${hp} to the ${len} octets at ${dst} as net_parse reads it.
 */
void net_text(char *dst, size_t len, const struct net_hostport *hp);

/**
 * net_local(ret_addr, path):
 * Make ${ret_addr} the address of the socket ${path}.  Returns 0, or -1 when
 * ${path} is empty or too long.
 */
int net_local(struct net_addr *ret_addr, const char *path);

/**
 * net_listen(hp, ret_port):
 * Return a listening socket (non-blocking, close-on-exec, SO_REUSEADDR; both
 * families when the host is empty), or -1 with errno.  Port 0 takes a free
 * one; ${ret_port} becomes the port in any case.  The host is a literal, and
 * no path: see base/local.h.
 */
int net_listen(const struct net_hostport *hp, uint16_t *ret_port);

/**
 * net_is_local(fd):
 * Return whether the socket ${fd} is bound to a loopback address or a path, so
 * that only this host can connect to it.
 */
bool net_is_local(int fd);

/**
 * net_accept(fd, ret_addr):
 * Accept a connection as a non-blocking socket, over TCP with TCP_NODELAY and
 * keep-alive; over a UNIX-domain socket ${ret_addr} has SO_PEERCRED.  Returns -1 with errno (EAGAIN: none is waiting).
 */
int net_accept(int fd, struct net_addr *ret_addr);

/**
 * net_dial(addr):
 * Start to connect to ${addr}.  Returns a non-blocking socket that becomes
 * writable when the attempt ends (then call net_dial_result), or -1.
 */
int net_dial(const struct net_addr *addr);

/**
 * net_dial_result(fd):
 * Return 0 when the attempt succeeded, else -1 with errno.
 */
int net_dial_result(int fd);

/**
 * net_name(dst, addr):
 * Write "10.0.0.1:7073" or "[2001:db8::1]:7073" to ${dst}; v4-mapped IPv6
 * addresses appear as IPv4.  A UNIX-domain socket is "unix:PATH", who connected
 * to one "unix:uid=0,gid=0,pid=1".  Returns ${dst}.
 */
char *net_name(char dst[static NET_NAME_MAX], const struct net_addr *addr);

#endif
