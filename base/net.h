/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP addresses and sockets, IPv4 and IPv6, all non-blocking. */
#ifndef BASE_NET_H_
#define BASE_NET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NET_HOST_MAX 256
#define NET_NAME_MAX 80 /* "[addr%scope]:port" */

struct net_hostport {
	char host[NET_HOST_MAX]; /* no brackets; empty: all addresses */
	uint16_t port;
};

struct net_addr {
	struct sockaddr_storage ss;
	socklen_t len;
};

/**
 * net_parse(ret_hp, text, defport):
 * Read HOST, HOST:PORT, V4ADDR:PORT, [V6ADDR], [V6ADDR]:PORT or :PORT.
 * ${defport} 0 means that the port must be there.  Returns 0, or -1.
 */
int net_parse(struct net_hostport *ret_hp, const char *text, uint16_t defport);

/**
 * net_listen(hp, ret_port):
 * Return a listening socket (non-blocking, close-on-exec, SO_REUSEADDR; both
 * families when the host is empty), or -1 with errno.  Port 0 takes a free
 * one; ${ret_port} becomes the port in any case.  The host is a literal.
 */
int net_listen(const struct net_hostport *hp, uint16_t *ret_port);

/**
 * net_is_local(fd):
 * Return whether the socket ${fd} is bound to a loopback address, so that only
 * this host can connect to it.
 */
bool net_is_local(int fd);

/**
 * net_accept(fd, ret_addr):
 * Accept a connection as a non-blocking socket with TCP_NODELAY, keep-alive.
 * Returns -1 with errno (EAGAIN: none is waiting).
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
 * addresses appear as IPv4.  Returns ${dst}.
 */
char *net_name(char dst[static NET_NAME_MAX], const struct net_addr *addr);

/* The answer to net_lookup: ${n} addresses, or n = 0 and ${why}. */
typedef void net_lookup_fn(
    void *arg, const struct net_addr *addr, size_t n, const char *why);

struct ev_loop;
struct net_lookup;

/**
 * net_lookup(loop, hp, done, arg):
 * Find the addresses of ${hp} without blocking the loop.  Calls ${done} once,
 * later, from the loop.  Returns a handle for net_lookup_cancel, valid until
 * ${done} is called; NULL with errno on failure.
 */
struct net_lookup *net_lookup(struct ev_loop *loop,
    const struct net_hostport *hp, net_lookup_fn *done, void *arg);
void net_lookup_cancel(struct net_lookup *l);

#endif
