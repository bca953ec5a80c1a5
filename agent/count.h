/* SPDX-License-Identifier: BSD-3-Clause */
/* Every place where a packet or a record can go, with its counter. */
#ifndef AGENT_COUNT_H_
#define AGENT_COUNT_H_

#include <stdint.h>

#include "base/stat.h"

/* One row makes the member, the line of SIGUSR1 and of the manual's table. */
#define COUNT_LIST(STAT)                                                     \
	STAT(pkt_received, "Frames that capture handed over")                \
	STAT(pkt_records, "Packet records made")                             \
	STAT(drop_kernel, "Packets dropped by a full capture ring")          \
	STAT(drop_iface, "Packets dropped by an interface or its driver")    \
	STAT(host_iface, "Packets that any interface of the host dropped")   \
	STAT(host_softnet, "Packets dropped, the backlog of a CPU was full") \
	STAT(host_udp, "Datagrams that found a full UDP socket")             \
	STAT(iface_left_out, "Interfaces not watched, there are too many")   \
	STAT(pkt_own, "Packets of our own connections, left out")            \
	STAT(pkt_truncated, "Packets cut before the end of their headers")   \
	STAT(pkt_malformed, "Packets whose headers contradict themselves")   \
	STAT(pkt_arp, "ARP frames")                                          \
	STAT(pkt_llc, "IEEE 802.3 frames with LLC, spanning tree for one")   \
	STAT(pkt_not_ip, "Other frames that are no IP packets")              \
	STAT(pkt_cut, "Frames cut within their link header")                 \
	STAT(pkt_unread, "IP packets without a whole, sane IP header")       \
	STAT(pkt_no_digest, "Packets cut too short for --digest")            \
	STAT(frag_unmatched, "Later fragments whose first one was not seen") \
	STAT(mgen_messages, "MGEN messages found")                           \
	STAT(tap_accepted, "Resolvers that connected")                       \
	STAT(tap_refused, "Resolvers turned away, too many")                 \
	STAT(tap_bad, "dnstap streams that broke the protocol")              \
	STAT(dns_frames, "dnstap frames read")                               \
	STAT(dns_answers, "Answers recorded")                                \
	STAT(dns_malformed, "Frames that could not be decoded")              \
	STAT(dns_other_types, "Frames that are no responses to clients")     \
	STAT(dns_no_message, "Responses of which the message is missing")    \
	STAT(dns_not_address_type, "Responses for other types than A, AAAA") \
	STAT(dns_no_client, "Responses without the client's address")        \
	STAT(dns_rcode, "Responses with errors other than NXDOMAIN")         \
	STAT(dns_no_data, "Responses without a record of the type asked")    \
	STAT(dns_duplicate, "Responses like one of a moment ago")            \
	STAT(dns_no_address, "Responses whose CNAMEs lead to no address")    \
	STAT(dns_too_large, "Responses with more than a record can hold")    \
	STAT(log_lost, "Records not written to the text log")                \
	STAT(dns_log_lost, "Lines not written to the DNS log")               \
	STAT(file_lost, "Records not written to the -w file")                \
	STAT(dns_json_sent, "JSON datagrams of DNS answers that were sent")  \
	STAT(dns_json_lost, "JSON datagrams that could not be sent")         \
	STAT(peer_accepted, "Collectors that connected")                     \
	STAT(peer_refused, "Collectors turned away")                         \
	STAT(peer_bad, "Collectors that broke the protocol")                 \
	STAT(peer_not_allowed, "Collectors whose address is not allowed")    \
	STAT(peer_no_tls, "Collectors without TLS, which was required")      \
	STAT(tls_failed, "TLS connections that failed")                      \
	STAT(queue_full, "Records not sent because a collector was slow")    \
	STAT(dns_unencodable, "DNS records that do not fit the stream")      \
	STAT(old_not_ipv4, "Records that the old format cannot carry")       \
	STAT(old_clamped, "Lengths over 65535 cut for the old format")

struct count {
#define STAT(name, help) uint64_t name;
	COUNT_LIST(STAT)
#undef STAT
};

extern const struct stat_row count_rows[];
extern const unsigned int count_n;

#endif
