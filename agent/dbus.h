/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No capture on D-Bus.  Debian's libpcap can record the messages of a D-Bus,
 * which makes each program that uses it load libdbus, libsystemd, libgcrypt and
 * seven more libraries: 180 KiB of private memory in each of some hundred
 * agents.  The static libpcap asks these two functions, which take the place of
 * its own ones.
 */
#ifndef AGENT_DBUS_H_
#define AGENT_DBUS_H_

#include <stddef.h>

struct pcap;
struct pcap_if_list;

/**
 * dbus_findalldevs(list, err):
 * Add nothing to ${list}.  Returns 0.
 */
int dbus_findalldevs(struct pcap_if_list *list, char *err);

/**
 * dbus_create(device, err, ret_is_ours):
 * Return NULL; ${ret_is_ours} becomes 0: no device is one of D-Bus.
 */
struct pcap *dbus_create(const char *device, char *err, int *ret_is_ours);

#endif
