/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_DAEMON_WIRE_H
#define MH_DAEMON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Messages between the processes of multihomed: over a SOCK_SEQPACKET socket pair, so that a
 * message arrives whole or not at all. Each is a struct that begins with a `struct wire_head`, and
 * has the one size that its type has. Neither side believes the other: what arrives is checked
 * before anybody looks at it.
 */
struct wire_head {
	uint32_t type; /* an index into the protocol's table */
	uint32_t size; /* bytes of the whole message, this head included */
};

/* struct foo m = {WIRE_HEAD(FOO, m), ...} */
#define WIRE_HEAD(type, message)                                                                   \
	{                                                                                          \
		(type), sizeof(message)                                                            \
	}

/* Bytes; room for the largest message. */
#define WIRE_MAX 2048
#define WIRE_FDS 4 /* descriptors that may come with a message */
union wire_message {
	struct wire_head head;
	uint64_t align;
	uint8_t bytes[WIRE_MAX];
};

/* What may arrive at one end. A size of 0: there is no such type. */
struct wire_protocol {
	const struct wire_type {
		uint32_t size;
		/* Whether the values are such as they may be. NULL: any are. */
		bool (*sound)(const void *message);
	} * type;
	uint32_t type_n;
};

struct wire {
	int fd;
	struct wire_protocol in;
	/* What the socket had no room for: messages, one behind the other. */
	uint8_t *queue;
	size_t queued, room;
};

/* The queue may hold so many bytes; a peer that leaves more is stuck. */
#define WIRE_QUEUE_MAX (8u << 20)

void wire_init(struct wire *w, int fd, const struct wire_protocol *in);
/* Forgets the queue; the descriptor is the caller's. */
void wire_free(struct wire *w);

/*
 * Sends, or keeps for wire_flush(): never waits. `message` begins with its head. -ENOBUFS: the
 * queue is full; -EPIPE and the like: the other end has gone.
 */
int wire_send(struct wire *w, const void *message);
/*
 * With `n` descriptors, WIRE_FDS at most, which stay the caller's, too. Such a message is not kept:
 * -EAGAIN where the socket has no room for it.
 */
int wire_send_fds(struct wire *w, const void *message, const int *fd, unsigned n);
/* Sends what is kept. 0: all of it; 1: there is more, wait until the socket is writable. */
int wire_flush(struct wire *w);

/*
 * The next message, checked, into `ret`. 1: here it is. 0: none is there now. -EPIPE: the other end
 * has gone. -EBADMSG: what came is no message of the protocol; whoever sent it is not to be
 * trusted.
 */
int wire_receive(struct wire *w, union wire_message *ret);
/*
 * The same where descriptors may come along: there are `*n` in `fd`, the caller's from here on.
 * Those that come with what is no message are closed; wire_receive() lets none in.
 */
int wire_receive_fds(struct wire *w, union wire_message *ret, int fd[static WIRE_FDS], unsigned *n);

/* Whether `len` bytes are a message of the protocol. Pure. */
bool wire_is_sound(const struct wire_protocol *p, const union wire_message *m, size_t len);

#endif
