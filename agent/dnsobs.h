/* SPDX-License-Identifier: BSD-3-Clause */
/* From a dnstap frame to an observation, or to the reason why not. */
#ifndef AGENT_DNSOBS_H_
#define AGENT_DNSOBS_H_

#include "agent/dnsdup.h"
#include "wire/hash.h"
#include "wire/obs.h"

/* In the order in which they are found out. */
enum dnsobs_verdict {
	DNSOBS_ANSWER,           /* an observation was made */
	DNSOBS_MALFORMED,        /* the frame, or a DNS message in it */
	DNSOBS_OTHER_TYPE,       /* no response to a client */
	DNSOBS_NO_MESSAGE,       /* one, but the message was left out */
	DNSOBS_NOT_ADDRESS_TYPE, /* not for type A or AAAA */
	DNSOBS_NO_CLIENT,        /* without query address */
	DNSOBS_RCODE,            /* an error other than NXDOMAIN */
	DNSOBS_NO_DATA,          /* no record of the type asked for */
	DNSOBS_DUPLICATE,        /* one like it was there a moment ago */
	DNSOBS_NO_ADDRESS,       /* a chain of CNAMEs that leads nowhere */
	DNSOBS_TOO_LARGE,        /* more than an observation holds */
	DNSOBS_VERDICT_MAX = DNSOBS_TOO_LARGE
};

struct dnsobs_conf {
	/*
	 * As the old dnstap_agent: messages without client (.ipver is 0) and
	 * with other response codes become observations, too.  The latter
	 * have what names and addresses there are, perhaps no addresses.
	 */
	bool old;
	enum dnsdup_mode dup;
	int64_t dup_ns;
	struct hash_key key;
};

struct dnsobs;

/**
 * dnsobs_new(conf):
 * Make what turns frames into observations.  Returns NULL without memory.
 */
struct dnsobs *dnsobs_new(const struct dnsobs_conf *conf);

/**
 * dnsobs_take(d, ret, frame, len, arrival):
 * Judge the dnstap frame of ${len} octets.  With DNSOBS_ANSWER, ${ret} is an
 * OBS_DNS without connection number; what it points to lives until the next
 * call.  In any case ${ret}->time is that of the response, else of the query,
 * else ${arrival}, and ${ret}->dns.resolver who sent it, as far as they could
 * be read.  An identity of more octets than fit is cut.
 */
enum dnsobs_verdict dnsobs_take(struct dnsobs *d, struct obs *ret,
    const uint8_t *frame, size_t len, wall_t arrival);

void dnsobs_free(struct dnsobs *d);

#endif
