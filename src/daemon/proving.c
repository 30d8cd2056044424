/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child is a fork of the main process, and not the starter's: what is to be proved is in the
 * main process's memory. So it has given up all that the main process has (confine.h), and what it
 * reads, the kernel's answers, the main process reads as well.
 */
#include "daemon/proving.h"

#include "model/snapshot.h"
#include "netlink/nl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct proving {
	uv_poll_t poll;
	struct wire wire;
	pid_t pid;
	proving_fn *done; /* NULL: it was called, or is not to be */
	void *arg;
};

/* In the child */

/*
 * It dies with the main process, of whose nothing stays open, such as the lock that says that it is
 * there.
 */
static int be_alone(int fd, pid_t parent)
{
	const int own = STDERR_FILENO + 1;

	prctl(PR_SET_NAME, "mh-proof");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	if (fd != own)
		dup2(fd, own);
	close_range((unsigned)own + 1, ~0U, 0);
	return own;
}

static int read_machine(struct snapshot *ret, struct err *e)
{
	struct nl *nl;
	int rc = nl_open(&nl, NETLINK_ROUTE, 0, e);

	if (rc < 0)
		return rc;
	rc = snapshot_take(nl, SNAPSHOT_ALL, ret, e);
	nl_close(nl);
	return rc;
}

static void say(struct proving_answer *a, enum proving_outcome outcome, const char *text)
{
	a->outcome = outcome;
	snprintf(a->text, sizeof(a->text), "%s", text);
}

static void say_failure(struct proving_answer *a, const struct proving_job *j, struct plan_proof *x)
{
	say(a, PROVING_UNPROVED, proof_plan_line(x, j->plan, &x->arena));
	snprintf(a->what, sizeof(a->what), "%s: %s", prove_subject(x->failure, &x->arena),
		 prove_text(x->failure, &x->arena));
}

static void prove(const struct proving_job *j, const struct snapshot *s, struct proving_answer *a)
{
	struct err e = ERR_INIT;
	struct plan_proof x;
	char line[PROVING_TEXT];
	int rc = j->plan ? proof_plan(j->config, j->desired, s, j->plan, &x, &e)
			 : proof_now(j->config, j->desired, s, &x, &e);

	if (rc == -E2BIG)
		say(a, PROVING_UNKNOWN, e.msg);
	else if (rc < 0)
		say(a, PROVING_FAILED, err_line(&e, line, sizeof(line)));
	else if (!x.proved)
		say_failure(a, j, &x);
	proof_plan_free(&x);
}

static _Noreturn void be_child(const struct proving_job *j, int fd, pid_t parent)
{
	struct proving_answer a = {.head = WIRE_HEAD(0, a)};
	struct snapshot s = {0};
	struct err e = ERR_INIT;
	struct wire wire;
	char line[PROVING_TEXT];

	wire_init(&wire, be_alone(fd, parent), &(const struct wire_protocol){0});
	if (read_machine(&s, &e) < 0)
		say(&a, PROVING_FAILED, err_line(&e, line, sizeof(line)));
	else
		prove(j, &s, &a);
	_exit(wire_send(&wire, &a) < 0);
}

/* In the parent */

static bool answer_is_sound(const void *m)
{
	const struct proving_answer *a = m;

	return a->outcome < PROVING_OUTCOMES && memchr(a->text, 0, sizeof(a->text)) &&
	       memchr(a->what, 0, sizeof(a->what));
}

static const struct wire_type types[] = {{sizeof(struct proving_answer), answer_is_sound}};
static const struct wire_protocol answers = {types, 1};

static void tell(struct proving *p, const struct proving_answer *a)
{
	proving_fn *done = p->done;

	p->done = NULL;
	if (done)
		done(p->arg, a);
}

static void freed(uv_handle_t *h)
{
	free(h->data);
}

/* Its end of the socket is closed: it is as good as dead, and its memory is given back. */
static void ended(struct proving *p)
{
	struct proving_answer a = {.head = WIRE_HEAD(0, a)};
	int status = 0;

	uv_close((uv_handle_t *)&p->poll, freed);
	close(p->wire.fd);
	kill(p->pid, SIGKILL); /* if it has sent nonsense */
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	say(&a, PROVING_FAILED, "its process ended without an answer");
	if (WIFSIGNALED(status))
		snprintf(a.text, sizeof(a.text), "its process was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	tell(p, &a);
}

static void ready(uv_poll_t *poll, int status, int events)
{
	struct proving *p = poll->data;
	union wire_message m;
	int rc = wire_receive(&p->wire, &m);

	(void)status, (void)events;
	if (rc > 0)
		tell(p, (const struct proving_answer *)&m);
	else if (rc < 0)
		ended(p);
}

static int spawn(struct proving *p, const struct proving_job *job, struct err *e)
{
	pid_t self = getpid();
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
		return err_errno(e, -errno, "proof: socket");
	p->pid = fork();
	if (!p->pid)
		be_child(job, fd[1], self);
	int rc = p->pid < 0 ? err_errno(e, -errno, "proof: fork") : 0;
	close(fd[1]);
	if (rc < 0)
		close(fd[0]);
	else
		wire_init(&p->wire, fd[0], &answers);
	return rc;
}

int proving_start(struct proving **ret, uv_loop_t *loop, const struct proving_job *job,
		  proving_fn *done, void *arg, struct err *e)
{
	struct proving *p = calloc(1, sizeof(*p));

	if (!p)
		return err_errno(e, -ENOMEM, "proof");
	p->done = done;
	p->arg = arg;
	int rc = spawn(p, job, e);
	if (rc < 0) {
		free(p);
		return rc;
	}
	uv_poll_init(loop, &p->poll, p->wire.fd);
	p->poll.data = p;
	uv_poll_start(&p->poll, UV_READABLE | UV_DISCONNECT, ready);
	*ret = p;
	return 0;
}

void proving_stop(struct proving *p)
{
	if (!p)
		return;
	p->done = NULL;
	kill(p->pid, SIGKILL);
}
