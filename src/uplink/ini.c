/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink/ini.h"

#include <string.h>

#define CLIP 60

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip(const char *p, const char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

static const char *trim(const char *p, const char *end)
{
	while (end > p && blank(end[-1]))
		end--;
	return end;
}

/* A carriage return is part of the line's end, or it is nothing that a text has. */
static bool is_text(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;

	if (c == '\r')
		return p + 1 == end || p[1] == '\n';
	return c == '\n' || c == '\t' || (c >= ' ' && c != 0x7f);
}

int ini_open(struct ini *r, struct arena *a, const char *file, const char *text, size_t len,
	     struct err *e)
{
	const char *end = text + len;
	struct place place = {file, 1, 1};

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	for (const char *p = text; p < end; p++) {
		if (!is_text(p, end)) {
			place_err(&place, e, "not a text file: it has a byte 0x%02x",
				  (unsigned char)*p);
			return err_hint(e, "the configuration is plain text, best in UTF-8");
		}
		place.column = *p == '\n' ? 1 : place.column + 1;
		place.line += *p == '\n';
	}
	*r = (struct ini){.arena = a, .file = file, .next = text, .end = end};
	return 0;
}

static struct word word(struct ini *r, const char *line, const char *p, const char *end)
{
	return (struct word){arena_strndup(r->arena, p, (size_t)(end - p)),
			     {r->file, r->line, (unsigned)(p - line) + 1}};
}

static int read_section(struct ini *r, const char *line, const char *p, const char *end,
			struct ini_line *ret, struct err *e)
{
	const char *close = memchr(p, ']', (size_t)(end - p));
	struct word all = word(r, line, p, end);

	if (!close) {
		place_err(&all.place, e, "\"%s\" has no \"]\"", word_clip(r->arena, all.text));
		return err_hint(e, "a section begins with [KIND NAME] or [multihome]");
	}
	if (close + 1 < end && close[1] != '#') {
		struct word behind = word(r, line, skip(close + 1, end), end);
		place_err(&behind.place, e, "\"%s\" stands behind the section's \"]\"",
			  word_clip(r->arena, behind.text));
		return err_hint(e, "keys come on lines of their own");
	}
	p = skip(p + 1, close);
	close = trim(p, close);
	const char *space = p;
	while (space < close && !blank(*space))
		space++;
	ret->section = true;
	ret->first = word(r, line, p, space);
	ret->second = word(r, line, skip(space, close), close);
	return 1;
}

static int read_key(struct ini *r, const char *line, const char *p, const char *end,
		    struct ini_line *ret, struct err *e)
{
	const char *equals = memchr(p, '=', (size_t)(end - p));
	struct word all = word(r, line, p, end);

	if (!equals) {
		place_err(&all.place, e, "\"%s\" has no \"=\"", word_clip(r->arena, all.text));
		if (memchr(p, ':', (size_t)(end - p)))
			return err_hint(e, "write \"=\" in place of \":\"");
		return err_hint(e, "a line is \"key = value\", \"[section]\" or \"# comment\"");
	}
	if (equals == p) {
		place_err(&all.place, e, "\"%s\" has no key before the \"=\"",
			  word_clip(r->arena, all.text));
		return err_hint(e, "a line is \"key = value\", \"[section]\" or \"# comment\"");
	}
	ret->section = false;
	ret->first = word(r, line, p, trim(p, equals));
	ret->second = word(r, line, skip(equals + 1, end), end);
	return 1;
}

int ini_next(struct ini *r, struct ini_line *ret, struct err *e)
{
	while (r->next < r->end) {
		const char *line = r->next;
		const char *end = memchr(line, '\n', (size_t)(r->end - line));
		r->next = end ? end + 1 : r->end;
		end = end ? end : r->end;
		r->line++;
		if (end > line && end[-1] == '\r')
			end--;
		const char *p = skip(line, end);
		if (p < end && *p == ';')
			continue;
		for (const char *q = p; q < end; q++)
			if (*q == '#' && (q == line || blank(q[-1])))
				end = q;
		end = trim(p, end);
		if (p < end)
			return *p == '[' ? read_section(r, line, p, end, ret, e)
					 : read_key(r, line, p, end, ret, e);
	}
	return 0;
}

bool word_next(struct arena *a, struct word *rest, struct word *ret)
{
	const char *p = rest->text + strspn(rest->text, " \t,");
	size_t n = strcspn(p, " \t,");

	if (!n)
		return false;
	ret->text = arena_strndup(a, p, n);
	ret->place = word_at(rest, p);
	rest->place = word_at(rest, p + n);
	rest->text = p + n;
	return true;
}

struct place word_at(const struct word *w, const char *at)
{
	struct place p = w->place;

	p.column += (unsigned)(at - w->text);
	return p;
}

const char *word_clip(struct arena *a, const char *text)
{
	size_t n = CLIP;

	if (strlen(text) <= CLIP)
		return text;
	/* Not in the middle of a character of UTF-8. */
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return arena_printf(a, "%.*s...", (int)n, text);
}
