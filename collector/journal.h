/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of checked records that only grows, or is replaced as a whole. */
#ifndef COLLECTOR_JOURNAL_H_
#define COLLECTOR_JOURNAL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/bytes.h"

/*
 * Eight octets that say what the file is, then frames as on the wire
 * (wire/frame.h: type, length, payload, CRC-32).  Frames are written in
 * groups; of a group that is not whole nothing is read, and it is cut off.
 */
#define JOURNAL_MAGIC    "\xF0RJ1\r\n\x1A\n"
#define JOURNAL_BODY_MAX 65536 /* octets of a payload */

struct journal;

enum journal_next {
	JOURNAL_MORE,  /* the group goes on */
	JOURNAL_WHOLE, /* it ends with this frame */
	JOURNAL_STOP   /* from the group of this frame on, nothing counts */
};

/* A frame was read. */
typedef enum journal_next journal_fn(
    void *arg, unsigned int type, const uint8_t *body, size_t len);

/**
 * journal_scan(path, fn, arg):
 * Give the frames in ${path} to ${fn}.  Returns the octets up to the end of
 * the last whole group, 0 when there is none, -1 with errno when the file
 * cannot be read (EBADMSG: it is no journal).
 */
off_t journal_scan(const char *path, journal_fn *fn, void *arg);

/**
 * journal_open(path, sync, fn, arg):
 * Open ${path}, which is made if need be, for this process alone; give its
 * frames to ${fn}, and cut off what comes after the last whole group.  With
 * ${sync}, journal_commit waits for the disk.  Returns NULL with errno on
 * failure (EWOULDBLOCK: another process has it).
 */
struct journal *journal_open(
    const char *path, bool sync, journal_fn *fn, void *arg);

/**
 * journal_put(j, type, body, len):
 * Add a frame of a ${type} below 16 to the group that journal_commit writes.
 */
void journal_put(
    struct journal *j, unsigned int type, const uint8_t *body, size_t len);

/* Small things of one type, as many to a frame as fit. */
struct journal_list {
	struct journal *j;
	unsigned int type;
	struct wr w;
	uint8_t body[JOURNAL_BODY_MAX];
};

/**
 * journal_list_begin(l, j, type) / journal_list_room(l, max) /
 * journal_list_end(l):
 * Add things to the group: each, of up to ${max} octets, is written to what
 * journal_list_room returns.
 */
void journal_list_begin(
    struct journal_list *l, struct journal *j, unsigned int type);
struct wr *journal_list_room(struct journal_list *l, size_t max);
void journal_list_end(struct journal_list *l);

/**
 * journal_anew(j):
 * The group that begins now will be the first of a new file, PATH.new.
 */
void journal_anew(struct journal *j);

/**
 * journal_commit(j):
 * Write the group.  Returns 0; or -1 with errno, and the file is as before.
 */
int journal_commit(struct journal *j);

/**
 * journal_settle(j):
 * If there is a new file, let it take the place of the old one.  Returns 0, or
 * -1 with errno: try again.
 */
int journal_settle(struct journal *j);

off_t journal_size(const struct journal *j); /* octets in the file */

/**
 * journal_close(j):
 * Forget an unfinished group, and close; NULL is fine.
 */
void journal_close(struct journal *j);

#endif
