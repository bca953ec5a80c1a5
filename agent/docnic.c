/* SPDX-License-Identifier: BSD-3-Clause */
/* What the driver of an interface tells through the ethtool ioctl. */
#include "agent/docnic.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Features have names; more than so many no kernel has. */
#define FEATURES_MAX 256

static int
ask(int fd, const char *iface, void *cmd)
{
	struct ifreq ifr = { .ifr_data = cmd };

	memcpy(ifr.ifr_name, iface, strnlen(iface, IFNAMSIZ - 1));
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

/* Returns 1 on, 0 off, -1 unknown to the driver. */
static int
ask_value(int fd, const char *iface, unsigned int cmd)
{
	struct ethtool_value v = { .cmd = cmd };

	if (ask(fd, iface, &v) < 0)
		return -1;
	return v.data != 0 ? 1 : 0;
}

/* How many features the kernel names; the answer follows the head. */
static unsigned int
count_features(int fd, const char *iface)
{
	uint64_t room[4] = { 0 };
	struct ethtool_sset_info *q = (void *)room;

	q->cmd = ETHTOOL_GSSET_INFO;
	q->sset_mask = 1ULL << ETH_SS_FEATURES;
	if (ask(fd, iface, q) < 0 || q->sset_mask == 0)
		return 0;
	return q->data[0] > FEATURES_MAX ? FEATURES_MAX : q->data[0];
}

/* The place of the feature ${name} among ${n}, or -1. */
static int
find_feature(int fd, const char *iface, const char *name, unsigned int n)
{
	struct ethtool_gstrings *s =
	    calloc(1, sizeof(*s) + (size_t)n * ETH_GSTRING_LEN);
	int found = -1;

	if (s == NULL)
		return -1;
	s->cmd = ETHTOOL_GSTRINGS;
	s->string_set = ETH_SS_FEATURES;
	s->len = n;
	if (ask(fd, iface, s) == 0) {
		for (unsigned int i = 0; i < n && found < 0; i++) {
			const void *at = s->data + (size_t)i * ETH_GSTRING_LEN;

			if (strncmp(at, name, ETH_GSTRING_LEN) == 0)
				found = (int)i;
		}
	}
	free(s);
	return found;
}

/* As ask_value, of a feature by name. */
static int
ask_feature(int fd, const char *iface, const char *name)
{
	const unsigned int n = count_features(fd, iface);
	const int at = n == 0 ? -1 : find_feature(fd, iface, name, n);
	struct ethtool_gfeatures *f;
	int state = -1;

	if (at < 0)
		return -1;
	if ((f = calloc(1, sizeof(*f) + FEATURES_MAX / 32 *
					    sizeof(f->features[0]))) == NULL)
		return -1;
	f->cmd = ETHTOOL_GFEATURES;
	f->size = FEATURES_MAX / 32;
	if (ask(fd, iface, f) == 0)
		state = (int)(f->features[at / 32].active >> (at % 32) & 1);
	free(f);
	return state;
}

int
docnic_offloads(
    const char *iface, struct docnic_offload ret[static DOCNIC_OFFLOADS])
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -1;
	ret[0] = (struct docnic_offload){ "gro",
		ask_value(fd, iface, ETHTOOL_GGRO) };
	if (ret[0].state < 0)
		err = errno;
	ret[1] = (struct docnic_offload){ "gso",
		ask_value(fd, iface, ETHTOOL_GGSO) };
	ret[2] = (struct docnic_offload){ "tso",
		ask_value(fd, iface, ETHTOOL_GTSO) };
	ret[3] = (struct docnic_offload){ "rx-gro-hw",
		ask_feature(fd, iface, "rx-gro-hw") };
	(void)close(fd);
	errno = err;
	return err == 0 || err == EOPNOTSUPP ? 0 : -1;
}

int
docnic_mac(const char *iface, char ret[static DOCNIC_MAC_MAX])
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "" };
	unsigned char mac[6];
	int bad;

	if (fd < 0)
		return -1;
	memcpy(ifr.ifr_name, iface, strnlen(iface, IFNAMSIZ - 1));
	bad = ioctl(fd, SIOCGIFHWADDR, &ifr);
	(void)close(fd);
	if (bad != 0 || ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return -1;
	memcpy(mac, ifr.ifr_hwaddr.sa_data, sizeof(mac));
	(void)snprintf(ret, DOCNIC_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x",
	    mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return 0;
}

bool
docnic_is_veth(const char *iface)
{
	struct ethtool_drvinfo d = { .cmd = ETHTOOL_GDRVINFO };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is = false;

	if (fd >= 0) {
		is = ask(fd, iface, &d) == 0 && strcmp(d.driver, "veth") == 0;
		(void)close(fd);
	}
	return is;
}
