/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "apply/confirm.h"
#include "apply/state.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[200], file[220];

static int fresh_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/state.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/state.json", dir);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void open_state(struct state *s)
{
	struct err e = ERR_INIT;

	*s = (struct state){0};
	if (state_open(s, dir, &e) < 0)
		fail_msg("%s", e.msg);
}

/* A state in which every field says something. */
static void fill(struct state *s)
{
	const struct slot slots[] = {{"isp1", 1}, {"isp \"2\"", UINT32_MAX}};
	struct state_before *b = &s->before;

	state_set_slots(s, slots, 2);
	owned_set_sysctl(&s->original, "net/ipv4/conf/wan.1/arp_ignore", "0");
	owned_set_sysctl(&s->given, "net/ipv4/conf/wan.1/arp_ignore", "1");
	owned_set_group(&s->original, 3, "wan.1", 5);
	owned_set_group(&s->given, 3, "wan.1", 77);
	s->netns = 4242;
	s->nft = (struct nft_forms){"written\n", "listed\n\t\"x\"\n"};
	s->applying = s->unconfirmed = true;
	s->confirm_by = INT64_MAX;
	s->confirm_pid = 7;
	owned_set_sysctl(&b->owned, "net/ipv4/conf/wan.1/arp_ignore", "0");
	b->owned.nft = "before\n";
	b->nft_listed = "before, listed\n";
	b->slot = s->slot;
	b->slot_n = b->slot_cap = 1;
}

static char *text_of(const struct state *s)
{
	struct out o;

	out_init(&o, -1);
	assert_int_equal(state_print(s, &o, NULL), 0);
	char *text = strdup(out_str(&o));
	assert_non_null(text);
	out_free(&o);
	return text;
}

static void round_trip(void **state)
{
	struct state s, back = {0};
	struct err e = ERR_INIT;

	(void)state;
	open_state(&s);
	fill(&s);
	char *text = text_of(&s);
	memcpy(back.boot, s.boot, sizeof(back.boot));
	assert_int_equal(state_parse(&back, text, strlen(text), &e), 0);
	char *again = text_of(&back);
	assert_string_equal(again, text);
	assert_int_equal(back.slot_n, 2);
	assert_string_equal(back.slot[1].uplink, "isp \"2\"");
	assert_int_equal(back.slot[1].slot, UINT32_MAX);
	assert_string_equal(owned_sysctl(&back.original, "net/ipv4/conf/wan.1/arp_ignore"), "0");
	assert_string_equal(back.before.nft_listed, "before, listed\n");
	assert_true(back.confirm_by == INT64_MAX);
	state_close(&back);
	state_close(&s);
	free(again);
	free(text);
}

static void on_disk(void **state)
{
	struct state s;
	struct stat first, second;

	(void)state;
	open_state(&s);
	assert_null(s.text);
	assert_int_equal(state_save(&s, NULL), 0);
	assert_int_equal(access(file, F_OK), -1); /* nothing to remember is no file */
	fill(&s);
	assert_int_equal(state_save(&s, NULL), 0);
	assert_int_equal(stat(file, &first), 0);
	assert_int_equal(first.st_mode & 0777, 0600);
	state_close(&s);

	open_state(&s);
	assert_true(s.unconfirmed);
	assert_string_equal(s.nft.listed, "listed\n\t\"x\"\n");
	assert_int_equal(state_save(&s, NULL), 0);
	assert_int_equal(stat(file, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino); /* not written again */

	const char *text = s.text;
	state_forget(&s);
	assert_int_equal(state_save(&s, NULL), 0);
	assert_int_equal(access(file, F_OK), -1);
	state_revert(&s, text);
	assert_true(s.unconfirmed);
	assert_int_equal(access(file, F_OK), 0);
	state_revert(&s, NULL);
	assert_int_equal(s.slot_n, 0);
	assert_int_equal(access(file, F_OK), -1);
	state_close(&s);
}

/* What is cut off, or has a byte changed, is refused or read; never a crash. */
static void damaged(void **state)
{
	struct state s, back = {0};

	(void)state;
	open_state(&s);
	fill(&s);
	char *text = text_of(&s);
	size_t len = strlen(text);
	back.dir = dir;
	for (size_t n = 0; n < len - 2; n++) {
		struct err e = ERR_INIT;
		assert_int_equal(state_parse(&back, text, n, &e), -EBADMSG);
		assert_non_null(strstr(e.where, "state.json:"));
		assert_int_equal(back.slot_n, 0);
	}
	for (int i = 0; i < 5000; i++) {
		size_t at = rnd_below((uint32_t)len);
		char old = text[at];
		struct err e = ERR_INIT;
		text[at] = (char)(rnd() >> 56);
		if (state_parse(&back, text, len, &e) < 0)
			assert_int_equal(e.code, -EBADMSG);
		text[at] = old;
	}
	arena_free(&back.arena);
	state_forget(&back);
	state_close(&s);
	free(text);
}

static void damaged_file(void **state)
{
	struct state s = {0};
	struct err e = ERR_INIT;
	static const char bad[] = "{\"version\": 1, \"version\": 1}";

	(void)state;
	assert_int_equal(file_write(file, bad, strlen(bad), 0600, NULL), 0);
	assert_int_equal(state_open(&s, dir, &e), -EBADMSG);
	assert_non_null(strstr(e.where, file));
	assert_non_null(strstr(e.hint, "remove it"));
	assert_int_equal(s.lock_fd, -1);
	assert_null(s.arena.head);
}

static void other_boot(void **state)
{
	struct state s, back = {0};

	(void)state;
	open_state(&s);
	fill(&s);
	char *text = text_of(&s);
	snprintf(back.boot, sizeof(back.boot), "another");
	assert_int_equal(state_parse(&back, text, strlen(text), NULL), 0);
	assert_int_equal(back.slot_n, 2);
	assert_false(back.applying || back.unconfirmed);
	assert_int_equal(back.original.sysctl_n + back.given.group_n, 0);
	assert_null(back.nft.written);
	state_forget(&back);
	arena_free(&back.arena);
	state_close(&s);
	free(text);
}

static void one_at_a_time(void **state)
{
	struct state s, second = {0};
	struct err e = ERR_INIT;

	(void)state;
	open_state(&s);
	assert_int_equal(state_open(&second, dir, &e), -EWOULDBLOCK);
	assert_non_null(strstr(e.msg, "another multihome"));
	assert_non_null(e.hint[0] ? e.hint : NULL);
	state_close(&s);
	open_state(&second);
	state_close(&second);
}

static void folders(void **state)
{
	struct state s = {0};
	struct err e = ERR_INIT;
	char path[300];

	(void)state;
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(state_open(&s, dir, &e), -EPERM);
	assert_non_null(strstr(e.hint, "--state"));
	assert_int_equal(chmod(dir, 0700), 0);

	close(open(file, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "%s/below", file);
	assert_int_equal(state_open(&s, path, &e), -ENOTDIR);
	assert_non_null(strstr(e.hint, "--state"));
	unlink(file);

	snprintf(path, sizeof(path), "%s/a/b", dir);
	s = (struct state){0};
	assert_int_equal(state_open(&s, path, &e), 0);
	state_close(&s);
	assert_int_equal(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(rmdir(path), 0);
}

/* Originals that are what is there anyway are not kept. */
static void settles(void **state)
{
	struct state s;
	struct owned values = {0};

	(void)state;
	open_state(&s);
	fill(&s);
	owned_set_sysctl(&s.original, "net/ipv4/same", "2");
	owned_set_sysctl(&s.original, "net/ipv4/gone", "2");
	owned_set_sysctl(&values, "net/ipv4/conf/wan.1/arp_ignore", "1");
	owned_set_sysctl(&values, "net/ipv4/same", "2");
	owned_set_group(&values, 9, "wan.1", 77);
	state_settle(&s, &values);
	assert_false(s.applying || s.unconfirmed || s.confirm_by);
	assert_int_equal(s.original.sysctl_n, 1);
	assert_string_equal(owned_sysctl(&s.original, "net/ipv4/conf/wan.1/arp_ignore"), "0");
	assert_string_equal(owned_sysctl(&s.given, "net/ipv4/conf/wan.1/arp_ignore"), "1");
	assert_int_equal(owned_group(&s.original, "wan.1")->group, 5);
	owned_free(&values);
	state_close(&s);
}

static int64_t boottime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void confirms(void **state)
{
	struct state s;
	struct err e = ERR_INIT;

	(void)state;
	open_state(&s);
	assert_int_equal(confirm_now(&s, &e), -ENOENT);
	assert_int_equal(confirm_pending(&s), 0);
	fill(&s);
	s.applying = false;
	s.confirm_by = boottime() + 59500;
	assert_in_range(confirm_pending(&s), 59, 60);
	s.confirm_by = boottime() - 1;
	assert_int_equal(confirm_pending(&s), 0);
	assert_int_equal(confirm_now(&s, &e), 0);
	assert_false(s.unconfirmed);
	assert_int_equal(confirm_now(&s, &e), -ENOENT);
	assert_int_equal(confirm_overdue(&s, NULL, &e), 0);
	state_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(round_trip),   TEST(on_disk),    TEST(damaged),
		TEST(damaged_file), TEST(other_boot), TEST(one_at_a_time),
		TEST(folders),	    TEST(settles),    TEST(confirms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
