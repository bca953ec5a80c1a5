/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture files, any number of them, merged by time. */
#include "agent/capfile.h"

#include <errno.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/capstream.h"
#include "agent/pktlink.h"
#include "base/log.h"

#define BUFFER (1u << 16) /* of each file's reads */
#define SECONDS_MAX \
	(1LL << 32) /* the year 2106: all that a pcap file can hold */

struct file {
	const char *path;
	struct capstream stream;
	pcap_t *pcap;
	char *buffer;
	struct pkt_frame next; /* the frame that waits, in a merge */
};

struct capfile {
	capfile_fn *emit;
	void *arg;
	bool started;
	size_t n;
	size_t n_heap;
	size_t *heap; /* files with a frame that waits, the oldest first */
	struct file file[];
};

/* What compressed files begin with, and what to do about them. */
static const struct {
	unsigned char magic[4];
	size_t len;
	const char *tool;
} packed[] = {
	{ { 0x1f, 0x8b }, 2, "gunzip -c" },
	{ { 0xfd, '7', 'z', 'X' }, 4, "xz -dc" },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, "zstd -dc" },
	{ { 'B', 'Z', 'h' }, 3, "bzip2 -dc" },
};

/* Look at the first octets without using them up. */
static const char *
packed_by(FILE *fp)
{
	unsigned char head[4] = { 0 };
	size_t n = 0;
	int c;

	while (n < sizeof(head) && (c = getc(fp)) != EOF)
		head[n++] = (unsigned char)c;
	for (size_t i = n; i > 0; i--)
		(void)ungetc(head[i - 1], fp);
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		if (n >= packed[i].len &&
		    memcmp(head, packed[i].magic, packed[i].len) == 0)
			return packed[i].tool;
	}
	return NULL;
}

static int
open_pcap(struct file *f, FILE *fp)
{
	char err[PCAP_ERRBUF_SIZE];
	const char *tool;

	f->buffer = malloc(BUFFER);
	if (f->buffer == NULL || setvbuf(fp, f->buffer, _IOFBF, BUFFER) != 0) {
		log_error("%s", f->path);
		return -1;
	}
	if ((tool = packed_by(fp)) != NULL) {
		log_errorx("%s: is compressed; read it from standard input: "
			   "%s %s | ... -",
		    f->path, tool, f->path);
		return -1;
	}
	f->pcap = pcap_fopen_offline_with_tstamp_precision(
	    fp, PCAP_TSTAMP_PRECISION_NANO, err);
	if (f->pcap == NULL) {
		if (!f->stream.ended)
			log_errorx("%s: %s", f->path, err);
		return -1;
	}
	f->next.linktype = pcap_datalink(f->pcap);
	if (!pktlink_known(f->next.linktype)) {
		log_errorx("%s: link type %d is not supported", f->path,
		    f->next.linktype);
		pcap_close(f->pcap);
		f->pcap = NULL;
		return -2;
	}
	return 0;
}

/* From here on libpcap owns the stream. */
static int
open_file(struct file *f, const char *path)
{
	FILE *fp = capstream_open(&f->stream, path);
	int err;

	f->path = path;
	if (fp == NULL) {
		log_error("%s", path);
		return -1;
	}
	err = open_pcap(f, fp);
	if (err == -1)
		(void)fclose(fp);
	return err;
}

struct capfile *
capfile_open(const char *const *path, size_t n, capfile_fn *emit,
    capfile_pulse_fn *pulse, void *arg)
{
	struct capfile *c = calloc(1, sizeof(*c) + n * sizeof(c->file[0]));

	if (c == NULL || (c->heap = calloc(n, sizeof(*c->heap))) == NULL) {
		log_error("capture files");
		free(c);
		return NULL;
	}
	c->emit = emit;
	c->arg = arg;
	for (; c->n < n; c->n++) {
		struct file *f = &c->file[c->n];

		f->stream = (struct capstream){ .pulse = pulse, .arg = arg };
		if (open_file(f, path[c->n]) != 0) {
			c->n++;
			capfile_close(c);
			return NULL;
		}
	}
	return c;
}

int
capfile_filter(struct capfile *c, const char *filter)
{
	struct bpf_program prog;

	for (size_t i = 0; i < c->n; i++) {
		pcap_t *p = c->file[i].pcap;
		int err;

		if (pcap_compile(p, &prog, filter, 1, PCAP_NETMASK_UNKNOWN) !=
		    0) {
			log_errorx("filter \"%s\": %s", filter, pcap_geterr(p));
			return -1;
		}
		err = pcap_setfilter(p, &prog);
		pcap_freecode(&prog);
		if (err != 0) {
			log_errorx("filter \"%s\": %s", filter, pcap_geterr(p));
			return -1;
		}
	}
	return 0;
}

static struct hello_iface
describe(const struct file *f)
{
	const char *slash = strrchr(f->path, '/');
	const char *name = slash == NULL ? f->path : slash + 1;
	struct hello_iface i = { .linktype = (uint16_t)f->next.linktype };

	for (size_t n = 0; n < sizeof(i.name) - 1 && name[n] != '\0'; n++)
		i.name[n] = (char)(name[n] == ':' ? '_' : name[n]);
	return i;
}

void
capfile_describe(struct capfile *c, struct iftab *tab)
{
	for (size_t n = 0; n < c->n; n++) {
		const struct hello_iface i = describe(&c->file[n]);

		c->file[n].next.iface = iftab_append(tab, &i);
	}
}

/* Seconds that fit a record: files may claim any. */
static int64_t
clamp(int64_t sec)
{
	if (sec > SECONDS_MAX)
		return SECONDS_MAX;
	return sec < -SECONDS_MAX ? -SECONDS_MAX : sec;
}

static void
set_frame(struct pkt_frame *f, const struct pcap_pkthdr *h, const u_char *data)
{
	f->data = data;
	f->caplen = h->caplen;
	f->len = h->len < h->caplen ? h->caplen : h->len;
	/* The precision that was asked for: these are nanoseconds. */
	f->time = wall_make(clamp(h->ts.tv_sec), h->ts.tv_usec);
}

/* What ends in the midst because it was told to is not bad. */
static int
bad(const struct file *f)
{
	if (f->stream.ended)
		return 0;
	log_errorx("%s: %s", f->path, pcap_geterr(f->pcap));
	return -1;
}

/* Fetch the next frame of ${f}: 1, 0 at its end, -1 after a message. */
static int
fetch(struct file *f)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	const int n = pcap_next_ex(f->pcap, &h, &data);

	if (n == 1)
		set_frame(&f->next, h, data);
	return n == PCAP_ERROR ? bad(f) : n == 1;
}

static bool
older(const struct capfile *c, size_t a, size_t b)
{
	const int64_t ta = c->file[a].next.time.ns;
	const int64_t tb = c->file[b].next.time.ns;

	return ta < tb || (ta == tb && a < b);
}

static void
sift_down(struct capfile *c, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;
		const size_t file = c->heap[at];

		if (child >= c->n_heap)
			return;
		if (child + 1 < c->n_heap &&
		    older(c, c->heap[child + 1], c->heap[child]))
			child++;
		if (!older(c, c->heap[child], file))
			return;
		c->heap[at] = c->heap[child];
		c->heap[child] = file;
		at = child;
	}
}

static int
start_merge(struct capfile *c)
{
	int ret = 0;

	c->started = true;
	for (size_t i = 0; i < c->n; i++) {
		const int n = fetch(&c->file[i]);

		if (n > 0) {
			c->heap[c->n_heap++] = i;
		} else if (n < 0) {
			ret = -1;
		}
	}
	for (size_t i = c->n_heap / 2; i > 0; i--)
		sift_down(c, i - 1);
	return ret;
}

static int
read_merged(struct capfile *c, unsigned int max, wall_t before)
{
	unsigned int done = 0;

	if (!c->started && start_merge(c) != 0)
		return -1;
	for (; done < max && c->n_heap > 0; done++) {
		struct file *f = &c->file[c->heap[0]];
		int n;

		if (f->next.time.ns >= before.ns)
			break;
		c->emit(c->arg, &f->next);
		n = fetch(f);
		if (n <= 0)
			c->heap[0] = c->heap[--c->n_heap];
		sift_down(c, 0);
		if (n < 0)
			return -1;
	}
	return (int)done;
}

static void
on_frame(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct capfile *c = (void *)arg;
	struct file *f = &c->file[0];

	set_frame(&f->next, h, data);
	c->emit(c->arg, &f->next);
}

int
capfile_read(struct capfile *c, unsigned int max, wall_t before)
{
	int n;

	if (c->n > 1 || c->started || before.ns != INT64_MAX)
		return read_merged(c, max, before);
	n = pcap_dispatch(
	    c->file[0].pcap, (int)max, on_frame, (u_char *)(void *)c);
	if (n >= 0)
		return n;
	c->started = true; /* and there is nothing to merge */
	return bad(&c->file[0]);
}

uint64_t
capfile_place(const struct capfile *c, uint64_t *ret_size)
{
	const struct file *f = &c->file[0];
	struct stat st;
	off_t at;

	*ret_size = 0;
	if (f->pcap == NULL || fstat(f->stream.fd, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	/* While the stream reads it has nothing left. */
	at = f->stream.inside ? lseek(f->stream.fd, 0, SEEK_CUR)
			      : ftello(pcap_file(f->pcap));
	if (at < 0)
		return 0;
	*ret_size = (uint64_t)st.st_size;
	return (uint64_t)at;
}

void
capfile_close(struct capfile *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (c->file[i].pcap != NULL)
			pcap_close(c->file[i].pcap);
		free(c->file[i].buffer);
	}
	free(c->heap);
	free(c);
}
