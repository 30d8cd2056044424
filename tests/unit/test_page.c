/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What multihome-http takes for a question, and whom it asks for names. The pages themselves, with
 * real servers, good and bad, are in tests/scenario/checks-pages.test. */
#include "unit.h"

#include "peer.h"
#include "probe/http_wire.h"
#include "probe/names.h"
#include "probe/page.h"

#include <sys/socket.h>
#include <unistd.h>

static const struct ip_addr server = {AF_INET, {192, 0, 2, 53}};
static const struct probe_terms terms = {.name = "example.org",
					 .url = "https://example.org/",
					 .status_first = 200,
					 .status_last = 299,
					 .server = &server,
					 .server_n = 1};

static void questions_arrive_as_they_were_put(void **state)
{
	struct probe p = {.src = addr("192.0.2.2"),
			  .dst = {.family = AF_INET},
			  .ifindex = 3,
			  .port = 443,
			  .seq = 5,
			  .target = 7,
			  .timeout = 1000000,
			  .terms = &terms};
	struct http_told told = {7, 5, FAULT_TLS, 0}, bad = {7, 6, FAULTS, 0};
	struct told seen = {0};
	struct http_ask a;
	struct page *page;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	page_use(fds[0]);
	assert_int_equal(page_open(&page, NULL), 0);
	assert_int_equal(page_send(page, &p, 1, 0), 1);
	ssize_t n = recv(fds[1], &a, sizeof(a), 0);
	assert_true(http_ask_is_sound(&a, (size_t)n));
	assert_string_equal(a.host, "example.org");
	assert_string_equal(a.url, "https://example.org/");
	assert_string_equal(a.body, "");
	assert_true(a.named);
	assert_true(ip_addr_eq(&a.server[0], &server));
	p.dst = addr("203.0.113.1");
	assert_int_equal(page_send(page, &p, 1, 0), 1);
	assert_int_equal(recv(fds[1], &a, sizeof(a), 0), sizeof(a));
	assert_false(a.named);
	/* Answers: one that is good, one that says what there is not, half of one, more than one.
	 */
	assert_int_equal(send(fds[1], &told, sizeof(told), 0), sizeof(told));
	assert_int_equal(send(fds[1], &bad, sizeof(bad), 0), sizeof(bad));
	assert_int_equal(send(fds[1], &told, 3, 0), 3);
	assert_int_equal(send(fds[1], &a, sizeof(a), 0), sizeof(a));
	page_read(page, tell, &seen);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.v[0].target, 7);
	assert_int_equal(seen.v[0].seq, 5);
	assert_int_equal(seen.v[0].fault, FAULT_TLS);
	assert_int_equal(page_strangers(page), 3);
	/* Nobody there, or nobody who reads: said, and nobody waits. */
	for (unsigned i = 0; page_send(page, &p, 1, 0); i++)
		assert_true(i < 100000);
	assert_true(p.error < 0);
	close(fds[1]);
	assert_int_equal(page_send(page, &p, 1, 0), 0);
	page_close(page);
	close(fds[0]);
}

static void unsound(struct http_ask a)
{
	assert_false(http_ask_is_sound(&a, sizeof(a)));
}

static void what_is_no_question_is_seen(void **state)
{
	struct http_ask good = {.timeout = 1,
				.ifindex = 1,
				.src = addr("192.0.2.2"),
				.dst = {.family = AF_INET},
				.port = 80,
				.host = "a",
				.url = "http://a/"},
			a;

	(void)state;
	assert_true(http_ask_is_sound(&good, sizeof(good)));
	assert_false(http_ask_is_sound(&good, sizeof(good) - 1));
	unsound((a = good, a.dst.family = AF_INET6, a));
	unsound((a = good, a.src.family = 0, a));
	unsound((a = good, a.ifindex = 0, a));
	unsound((a = good, a.port = 0, a));
	unsound((a = good, a.timeout = 0, a));
	unsound((a = good, a.server_n = HTTP_SERVERS + 1, a));
	unsound((a = good, a.server_n = 1, a)); /* of no family */
	unsound((a = good, *a.host = 0, a));
	unsound((a = good, memset(a.host, 'x', sizeof(a.host)), a));
	unsound((a = good, memset(a.body, 'x', sizeof(a.body)), a));
	unsound((a = good, memset(a.url + 9, 'x', sizeof(a.url) - 9), a));
	unsound((a = good, memcpy(a.url, "file://a/", 10), a));
	unsound((a = good, a.status_first = 2, a));
}

static void name_servers_are_found(void **state)
{
	static const char text[] =
		"# nameserver 192.0.2.1\n"
		"search example.org\n"
		"nameserver 127.0.0.53\n"
		"nameserver \t 192.0.2.2 # ours\r\n"
		"nameserver2 192.0.2.3\n"
		"nameserver 2001:db8::1\n"
		"nameserver nonsense\n"
		"nameserver\n"
		" nameserver 192.0.2.7\n"
		"nameserver ::1\n"
		"nameserver 192.0.2.4\nnameserver 192.0.2.5\nnameserver 192.0.2.6";
	struct ip_addr got[HTTP_SERVERS],
		want[] = {addr("192.0.2.2"), addr("192.0.2.4"), addr("192.0.2.5")};

	(void)state;
	assert_int_equal(names_servers(text, AF_INET, got, HTTP_SERVERS), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(ip_addr_eq(&got[i], &want[i]));
	assert_int_equal(names_servers(text, AF_INET6, got, HTTP_SERVERS), 1);
	assert_int_equal(names_servers("", AF_INET, got, HTTP_SERVERS), 0);
	assert_int_equal(names_servers("nameserver 192.0.2.1", AF_INET, got, HTTP_SERVERS), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_arrive_as_they_were_put),
		cmocka_unit_test(what_is_no_question_is_seen),
		cmocka_unit_test(name_servers_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
