/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children over a channel: messages are checked, deaths mended; and what a sandbox leaves of one.
 */
#include "unit.h"

#include "daemon/channel.h"
#include "daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One protocol, both ways. */
enum { NOTHING, NUMBER, BULK, TYPES };
struct number {
	struct wire_head head;
	uint64_t value;
};
struct bulk {
	struct wire_head head;
	uint8_t byte[1000];
};
static bool number_is_sound(const void *m)
{
	return ((const struct number *)m)->value < UINT64_C(1) << 32;
}
static const struct wire_type types[TYPES] = {
	[NUMBER] = {sizeof(struct number), number_is_sound},
	[BULK] = {sizeof(struct bulk), NULL},
};
static const struct wire_protocol protocol = {types, TYPES};

static void only_what_is_agreed_on_is_taken(void **state)
{
	union wire_message m = {.head = {NUMBER, sizeof(struct number)}};

	(void)state;
	assert_true(wire_is_sound(&protocol, &m, sizeof(struct number)));
	for (size_t len = 0; len < 64; len++)
		if (len != sizeof(struct number))
			assert_false(wire_is_sound(&protocol, &m, len));
	m.head.size++;
	assert_false(wire_is_sound(&protocol, &m, sizeof(struct number)));
	assert_false(wire_is_sound(&protocol, &m, sizeof(struct number) + 1));
	m.head = (struct wire_head){NOTHING, sizeof(struct number)};
	assert_false(wire_is_sound(&protocol, &m, sizeof(struct number)));
	m.head.type = TYPES;
	assert_false(wire_is_sound(&protocol, &m, sizeof(struct number)));
	m.head.type = NUMBER;
	memset(m.bytes + sizeof(m.head), 0xff, 8);
	assert_false(wire_is_sound(&protocol, &m, sizeof(struct number)));
}

static void what_has_no_room_is_kept_in_order(void **state)
{
	int fd[2];
	struct wire a, b;
	union wire_message m;
	uint64_t got = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	wire_init(&a, fd[0], &protocol);
	wire_init(&b, fd[1], &protocol);
	for (uint64_t i = 0; i < 5000; i++) {
		struct number n = {WIRE_HEAD(NUMBER, n), i};
		assert_int_equal(wire_send(&a, &n), 0);
	}
	assert_true(a.queued > 0);
	do
		while (wire_receive(&b, &m) == 1)
			assert_int_equal(((struct number *)&m)->value, got++);
	while (wire_flush(&a) >= 0 && got < 5000);
	assert_int_equal(got, 5000);
	assert_int_equal(a.queued, 0);
	/* Longer than anything is. */
	assert_int_equal(send(fd[0], (uint8_t[4096]){0}, 4096, 0), 4096);
	assert_int_equal(wire_receive(&b, &m), -EBADMSG);
	/* A peer that reads nothing is not waited for, and not without end. */
	struct bulk n = {WIRE_HEAD(BULK, n), {0}};
	int rc = 0;
	for (unsigned i = 0; i < 20000 && !rc; i++)
		rc = wire_send(&a, &n);
	assert_int_equal(rc, -ENOBUFS);
	close(fd[0]);
	while ((rc = wire_receive(&b, &m)) == 1)
		;
	assert_int_equal(rc, -EPIPE);
	wire_free(&a);
	close(fd[1]);
}

struct scene {
	uv_loop_t loop;
	uv_timer_t limit;
	struct child_kind kind;
	struct starter *starter;
	struct channel *c;
	unsigned started, died, heard, enough;
	uint64_t last;
};

static void heard(void *arg, const union wire_message *m)
{
	struct scene *s = arg;

	s->last = ((const struct number *)m)->value;
	if (++s->heard == s->enough)
		uv_stop(&s->loop);
}

static void started(void *arg, struct channel *c)
{
	struct scene *s = arg;
	struct number n = {WIRE_HEAD(NUMBER, n), ++s->started};

	channel_send(c, &n);
}

static void died(void *arg)
{
	((struct scene *)arg)->died++;
}

static void too_long(uv_timer_t *t)
{
	(void)t;
	fail_msg("nothing happened");
}

static void starter_lost(void *arg)
{
	(void)arg;
	fail_msg("the starter has ended");
}

static void play(struct scene *s, int (*life)(const int fd[]), unsigned enough)
{
	const struct channel_role role = {
		.in = protocol, .heard = heard, .started = started, .died = died, .arg = s};

	*s = (struct scene){.enough = enough, .kind = {"test", 1, life}};
	assert_int_equal(starter_open(&s->starter, &s->kind, 1, NULL), 0);
	uv_loop_init(&s->loop);
	starter_watch(s->starter, &s->loop, starter_lost, NULL);
	uv_timer_init(&s->loop, &s->limit);
	uv_timer_start(&s->limit, too_long, 20000, 0);
	assert_int_equal(channel_open(&s->c, s->starter, &role, NULL), 0);
	uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void end(struct scene *s)
{
	channel_close(s->c);
	starter_close(s->starter);
	uv_close((uv_handle_t *)&s->limit, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&s->loop), 0);
}

/* Waits, as children do. */
static int next(struct wire *w, union wire_message *m)
{
	struct pollfd p = {w->fd, POLLIN, 0};
	int rc;

	while (!(rc = wire_receive(w, m)))
		poll(&p, 1, -1);
	return rc;
}

static int echo_then_die(const int fd[])
{
	struct wire w;
	union wire_message m;

	wire_init(&w, fd[0], &protocol);
	if (next(&w, &m) == 1)
		wire_send(&w, &m);
	return 3;
}

static void a_child_that_dies_is_started_anew(void **state)
{
	struct scene s;

	(void)state;
	play(&s, echo_then_die, 3);
	assert_int_equal(s.last, 3);
	assert_in_range(s.died, 2, 3); /* the third may be noticed at once */
	end(&s);
}

/* Then, the second time, says who it is. */
static int talk_nonsense(const int fd[])
{
	struct wire w;
	union wire_message m;

	wire_init(&w, fd[0], &protocol);
	if (next(&w, &m) != 1)
		return 1;
	struct number *n = (struct number *)&m;
	n->value = n->value < 2 ? UINT64_MAX : (uint64_t)getpid();
	wire_send(&w, &m);
	pause(); /* it would stay, if it were let */
	return 0;
}

static void a_child_that_talks_nonsense_is_replaced(void **state)
{
	struct scene s;

	(void)state;
	play(&s, talk_nonsense, 1);
	assert_int_equal(s.died, 1);
	pid_t pid = (pid_t)s.last;
	assert_int_equal(kill(pid, 0), 0);
	end(&s);
	assert_int_equal(kill(pid, 0), -1);
}

/* A child that was given the end of a pipe, and holds it for as long as it lives. */
static int stay(const int fd[])
{
	(void)fd;
	pause();
	return 0;
}

static const struct child_kind stays = {"test", 2, stay};

static void be_parent(int alive)
{
	const struct channel_role role = {.give = {alive}, .give_n = 1, .in = protocol};
	struct scene s = {.enough = 0};

	if (starter_open(&s.starter, &stays, 1, NULL) < 0)
		_exit(1);
	uv_loop_init(&s.loop);
	starter_watch(s.starter, &s.loop, starter_lost, NULL);
	if (channel_open(&s.c, s.starter, &role, NULL) < 0)
		_exit(1);
	close(alive);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	_exit(0);
}

/* Reads a byte if there is one; 0: nobody holds the other end any more. */
static bool is_held(int fd, int ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, ms) == 0;
}

static void all_end_with_the_first(void **state)
{
	int alive[2];
	char c;

	(void)state;
	assert_int_equal(pipe(alive), 0);
	pid_t parent = fork();
	if (!parent)
		be_parent(alive[1]);
	close(alive[1]);
	assert_true(is_held(alive[0], 200));
	kill(parent, SIGKILL);
	/* The end of the file comes when nobody holds the pipe any more. */
	assert_int_equal(read(alive[0], &c, 1), 0);
	close(alive[0]);
	waitpid(parent, NULL, 0);
}

/* The starter, spoken to by hand. */

struct talk {
	struct wire wire;
	pid_t pid;
	int alive[2]; /* a child holds the second end */
};

static void talk(struct talk *t, const struct child_kind *kind)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	assert_int_equal(pipe2(t->alive, O_CLOEXEC), 0);
	t->pid = fork();
	if (!t->pid) {
		close(fd[0]);
		close(t->alive[1]);
		_exit(starter_process(fd[1], kind, 1));
	}
	close(fd[1]);
	wire_init(&t->wire, fd[0], &starter_out);
}

static int talk_over(struct talk *t)
{
	int status;
	char c;

	waitpid(t->pid, &status, 0);
	close(t->alive[1]);
	/* No child outlives it. */
	assert_int_equal(read(t->alive[0], &c, 1), 0);
	close(t->alive[0]);
	close(t->wire.fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for(struct talk *t, uint32_t id, uint32_t kind, unsigned fds)
{
	const struct starter_start m = {WIRE_HEAD(STARTER_START, m), id, kind};
	const int fd[WIRE_FDS] = {t->alive[0], t->alive[1], t->alive[1], t->alive[1]};

	assert_int_equal(wire_send_fds(&t->wire, &m, fd, fds), 0);
}

static struct starter_ended hear_end(struct talk *t)
{
	union wire_message m;
	struct starter_ended ret;

	assert_int_equal(next(&t->wire, &m), 1);
	memcpy(&ret, &m, sizeof(ret));
	return ret;
}

static int leave(const int fd[])
{
	/* What it was given, and nothing else. */
	return fcntl(fd[0], F_GETFD) < 0 || fcntl(fd[1], F_GETFD) < 0 ? 99
	       : fcntl(fd[1] + 1, F_GETFD) >= 0			      ? 98
								      : 7;
}

static void it_starts_what_it_is_asked_for(void **state)
{
	const struct child_kind leaves = {"test", 2, leave};
	struct talk t;

	(void)state;
	talk(&t, &leaves);
	for (uint32_t id = 1; id < 20; id++) {
		ask_for(&t, id, 0, 2);
		struct starter_ended m = hear_end(&t);
		assert_int_equal(m.id, id);
		assert_true(WIFEXITED(m.status));
		assert_int_equal(WEXITSTATUS(m.status), 7);
	}
	shutdown(t.wire.fd, SHUT_RDWR);
	assert_int_equal(talk_over(&t), 0);
}

static void it_ends_what_it_is_told_to(void **state)
{
	struct starter_end m = {WIRE_HEAD(STARTER_END, m), 2, 10};
	struct talk t;

	(void)state;
	talk(&t, &stays);
	/* One too many is an error, and no reason to do without the others. */
	for (uint32_t id = 1; id <= STARTER_CHILDREN + 1; id++)
		ask_for(&t, id, 0, 2);
	assert_int_equal(hear_end(&t).status, -EAGAIN);
	assert_int_equal(wire_send(&t.wire, &m), 0);
	struct starter_ended ended = hear_end(&t);
	assert_int_equal(ended.id, 2);
	assert_int_equal(WTERMSIG(ended.status), SIGKILL);
	/* One that has gone already is fine; then one at once. */
	m.grace = 0;
	assert_int_equal(wire_send(&t.wire, &m), 0);
	m.id = 3;
	assert_int_equal(wire_send(&t.wire, &m), 0);
	assert_int_equal(hear_end(&t).id, 3);
	shutdown(t.wire.fd, SHUT_RDWR);
	assert_int_equal(talk_over(&t), 0);
}

static void nonsense_ends_it(void **state)
{
	const struct starter_end slow = {WIRE_HEAD(STARTER_END, slow), 1, STARTER_GRACE_MAX + 1};
	const struct starter_ended wrong = {WIRE_HEAD(STARTER_ENDED + 2, wrong), 1, 0};
	const struct starter_end given = {WIRE_HEAD(STARTER_END, given), 1, 0};
	struct talk t;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		talk(&t, &stays);
		ask_for(&t, 1, 0, 2);
		if (i == 0)
			ask_for(&t, 1, 0, 2); /* there is one of this number */
		else if (i == 1)
			ask_for(&t, 2, 1, 2); /* no such kind */
		else if (i == 2)
			ask_for(&t, 2, 0, 1); /* too few descriptors */
		else if (i == 3)
			ask_for(&t, 2, 0, 3); /* too many */
		else if (i == 4)
			assert_int_equal(wire_send_fds(&t.wire, &given, t.alive, 1), 0);
		else if (i == 5)
			assert_int_equal(wire_send(&t.wire, &slow), 0);
		else if (i == 6)
			assert_int_equal(wire_send(&t.wire, &wrong), 0);
		else
			assert_int_equal(send(t.wire.fd, "x", 1, 0), 1);
		assert_int_equal(talk_over(&t), 1);
	}
}

/* Sandboxes */

static const char *const with_sockets[] = {"socket", "openat", NULL};
static const char *const etc[] = {"/etc", NULL};
static const struct sandbox nothing_but_sockets = {
	.name = "test", .nobody = true, .calls = with_sockets};
static const struct sandbox reads_etc = {
	.name = "test", .caps = 1u << CAP_NET_RAW, .read = etc, .calls = with_sockets};

/* Runs `what` in a child; its exit status, or 100 + the signal. */
static int outcome(const struct sandbox *s, int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		sandbox_enter(s);
		_exit(what());
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int read_proc(void)
{
	return open("/proc/self/status", O_RDONLY) < 0 ? errno : 0;
}

static int write_etc(void)
{
	return open("/etc/multihome-test", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, 1) < 0 ? errno : 0;
}

static int execute(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int be_traced(void)
{
	return prctl(PR_SET_NAME, "x") < 0 ? errno : 0;
}

static void a_sandbox_leaves_what_it_says(void **state)
{
	(void)state;
	NEED_NAMESPACES();
	assert_int_equal(outcome(&nothing_but_sockets, read_passwd), EACCES);
	assert_int_equal(outcome(&nothing_but_sockets, raw_socket), EPERM);
	assert_int_equal(outcome(&reads_etc, read_passwd), 0);
	assert_int_equal(outcome(&reads_etc, read_proc), EACCES);
	assert_int_equal(outcome(&reads_etc, write_etc), EACCES);
	assert_int_equal(outcome(&reads_etc, raw_socket), 0);
	if (getenv("MH_SANITIZE"))
		return;
	assert_int_equal(outcome(&nothing_but_sockets, execute), 100 + SIGSYS);
	assert_int_equal(outcome(&nothing_but_sockets, be_traced), 100 + SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_agreed_on_is_taken),
		cmocka_unit_test(what_has_no_room_is_kept_in_order),
		cmocka_unit_test(a_child_that_dies_is_started_anew),
		cmocka_unit_test(a_child_that_talks_nonsense_is_replaced),
		cmocka_unit_test(all_end_with_the_first),
		cmocka_unit_test(it_starts_what_it_is_asked_for),
		cmocka_unit_test(it_ends_what_it_is_told_to),
		cmocka_unit_test(nonsense_ends_it),
		cmocka_unit_test(a_sandbox_leaves_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
