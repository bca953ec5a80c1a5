/* SPDX-License-Identifier: BSD-3-Clause */
/* Outer packets to a pcap file. */
#include "agent/fwdfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fwdencap.h"
#include "base/log.h"

#define BUFFER        (1u << 18)
#define MAGIC_NS      0xa1b23c4du
#define SNAPLEN       262144u
#define LINK_ETHERNET 1u
#define LINK_RAW      101u
#define RECORD_LEN    16
#define RECORD_MAX    (65535 + FWDENCAP_ROOM)

struct fwdfile {
	const char *path;
	FILE *fp;
	struct fwdcount *count;
	bool broken;              /* and that was told */
	uint64_t packets, octets; /* in the buffer, not yet counted */
	size_t used;              /* octets of the buffer */
	uint8_t buffer[BUFFER];
	uint8_t packet[RECORD_MAX];
};

/* Numbers are in the order of this machine; the magic tells which one. */
static int
put_header(FILE *fp, bool raw)
{
	const uint32_t head[6] = { MAGIC_NS, 0, 0, 0, SNAPLEN,
		raw ? LINK_RAW : LINK_ETHERNET };
	const uint16_t version[2] = { 2, 4 };
	uint8_t octets[sizeof(head)];

	memcpy(octets, head, sizeof(head));
	memcpy(&octets[4], version, sizeof(version));
	return fwrite(octets, sizeof(octets), 1, fp) == 1 ? fflush(fp) : EOF;
}

struct fwdfile *
fwdfile_open(const char *path, bool raw, struct fwdcount *count)
{
	struct fwdfile *f = malloc(sizeof(*f));
	int err;

	if (f == NULL)
		return NULL;
	f->path = path;
	f->count = count;
	f->broken = false;
	f->packets = f->octets = f->used = 0;
	f->fp = strcmp(path, "-") == 0 ? stdout : fopen(path, "wbe");
	if (f->fp != NULL &&
	    setvbuf(f->fp, (char *)f->buffer, _IOFBF, BUFFER) == 0 &&
	    put_header(f->fp, raw) == 0)
		return f;
	err = errno;
	if (f->fp != NULL)
		(void)fclose(f->fp);
	free(f);
	errno = err;
	return NULL;
}

static uint8_t *
file_room(void *out, size_t n)
{
	struct fwdfile *f = out;

	return n <= sizeof(f->packet) ? f->packet : NULL;
}

/* What waits in the buffer is written, or lost; nobody knows how much of it. */
static int
settle(struct fwdfile *f, int bad)
{
	if (bad != 0 && !f->broken) {
		f->broken = true;
		log_error("%s", f->path);
	}
	if (f->broken) {
		f->count->packets_not_sent += f->packets;
	} else {
		f->count->packets_written += f->packets;
		f->count->octets_written += f->octets;
	}
	f->packets = f->octets = f->used = 0;
	return f->broken ? -1 : 0;
}

static int
file_flush(void *out)
{
	struct fwdfile *f = out;

	return settle(f, f->broken ? 0 : fflush(f->fp));
}

static int
file_add(void *out, const struct fwdout_pkt *p)
{
	struct fwdfile *f = out;
	int64_t sec = p->time.ns / MONO_NS_PER_S;
	int64_t ns = p->time.ns % MONO_NS_PER_S;

	if (ns < 0) {
		ns += MONO_NS_PER_S;
		sec--;
	}
	const uint32_t head[4] = { (uint32_t)sec, (uint32_t)ns,
		(uint32_t)p->caplen, (uint32_t)p->len };

	_Static_assert(sizeof(head) == RECORD_LEN, "the format says so");
	/* The buffer is never written by itself: then we would not know. */
	f->used += sizeof(head) + p->caplen;
	if (f->used > BUFFER && file_flush(f) != 0) {
		f->count->packets_not_sent++;
		return -1;
	}
	if (f->used == 0)
		f->used = sizeof(head) + p->caplen;
	const bool bad = fwrite(head, sizeof(head), 1, f->fp) != 1 ||
			 fwrite(f->packet, p->caplen, 1, f->fp) != 1;

	if (p->last || bad) {
		f->packets++;
		f->octets += p->octets;
	}
	return bad ? settle(f, EOF) : 0;
}

static size_t
file_mtu(void *out)
{
	(void)out;
	return 0;
}

static int
file_close(void *out)
{
	struct fwdfile *f = out;
	int bad;

	if (f == NULL)
		return 0;
	bad = file_flush(f);
	if (fclose(f->fp) != 0)
		bad = settle(f, EOF);
	free(f);
	return bad;
}

const struct fwdout_type fwdfile_type = { .room = file_room,
	.add = file_add,
	.flush = file_flush,
	.mtu = file_mtu,
	.close = file_close };
