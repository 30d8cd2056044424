/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/journal.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET "/run/systemd/journal/socket"

static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

/* One field a line; values have no line ends (event_emit() sees to it). */
static void put_field(struct out *o, const char *key, const char *value)
{
	if (*value)
		out_printf(o, "%s=%s\n", key, value);
}

static int send_fields(const struct out *o)
{
	static const struct sockaddr_un journal = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* It does not wait for a journal that is stuck. */
	return sendto(fd, o->buf, o->len, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&journal, sizeof(journal)) < 0;
}

static int to_journal(const struct event *e, const char *line)
{
	struct out o;

	out_init(&o, -1);
	put_field(&o, "MESSAGE", line);
	out_printf(&o, "PRIORITY=%d\nSYSLOG_IDENTIFIER=multihomed\n", (int)e->level);
	put_field(&o, "MH_EVENT", event_kind_text(e->kind));
	put_field(&o, "MH_UPLINK", e->uplink);
	put_field(&o, "MH_FAMILY", event_family_text(e->family));
	put_field(&o, "MH_WHO", e->who);
	int rc = send_fields(&o);
	out_free(&o);
	return rc;
}

void journal_write(const struct event *e)
{
	char line[1200];

	event_line(e, line, sizeof(line));
	if (!is_journal())
		fprintf(stderr, "multihomed: %s\n", line);
	else if (to_journal(e, line))
		fprintf(stderr, "<%d>%s\n", (int)e->level, line);
}
