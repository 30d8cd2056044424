/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/svg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SIZE 12 /* of most text */

static const char style[] =
	".page{fill:#f6f8fb}.card{fill:#fff;stroke:#dfe5ee}.band{fill:#e9f1ff}"
	".soft{fill:#e3e9f2}.accent{fill:#2563eb}.good{fill:#0b8a5c}.bad{fill:#d1293d}"
	".warn{fill:#c77700}.dim{fill:#66758c}.ink{fill:#1c2636}.white{fill:#fff}"
	".goodcard{fill:#eefaf4;stroke:#a9dcc4}.badcard{fill:#fdf0f1;stroke:#efb6bc}"
	".line{fill:none;stroke:#2563eb;stroke-width:3;stroke-linecap:round}"
	".rule{fill:none;stroke:#dfe5ee}"
	".stop{fill:#fff;stroke:#2563eb;stroke-width:3}.dot{fill:#fff;stroke:#8fb0f3;stroke-width:2}"
	".dash{fill:none;stroke:#0b8a5c;stroke-width:2;stroke-dasharray:6 5}"
	".dash.bad{stroke:#d1293d;fill:none}"
	"text{font:12px 'DejaVu Sans','Helvetica Neue',Arial,sans-serif;fill:#1c2636}"
	"text.m{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}"
	"text.h{font-size:13px;font-weight:bold}text.big{font-size:18px;font-weight:bold}"
	"text.small{font-size:11px}text.dim{fill:#66758c}text.good{fill:#0b8a5c}"
	"text.bad{fill:#d1293d}text.white{fill:#fff}text.accent{fill:#2563eb}"
	"text.mid{text-anchor:middle}text.end{text-anchor:end}"
	".c0{fill:#2563eb}.c1{fill:#0f9d8a}.c2{fill:#d97706}.c3{fill:#9333ea}"
	".c4{fill:#dc2f55}.c5{fill:#4d7c0f}.c6{fill:#0e7490}.c7{fill:#6b7280}";

static void put_escaped(struct out *o, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '&')
			out_puts(o, "&amp;");
		else if (c == '<')
			out_puts(o, "&lt;");
		else if (c == '>')
			out_puts(o, "&gt;");
		else
			out_putc(o, c < 32 || c > 126 ? '?' : (char)c);
	}
}

void svg_begin(struct out *o, int width, int height, const char *title)
{
	out_printf(o,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		   "viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
		   width, height, width, height);
	put_escaped(o, title);
	out_puts(o, "</title>\n<style>");
	out_puts(o, style);
	out_puts(o, "</style>\n");
	svg_rect(o, 0, 0, width, height, 0, "page");
}

void svg_end(struct out *o)
{
	out_puts(o, "</svg>\n");
}

void svg_rect(struct out *o, int x, int y, int width, int height, int radius, const char *look)
{
	out_printf(o, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", x, y, width, height);
	if (radius)
		out_printf(o, " rx=\"%d\"", radius);
	out_printf(o, " class=\"%s\"/>\n", look);
}

void svg_circle(struct out *o, int x, int y, int radius, const char *look)
{
	out_printf(o, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" class=\"%s\"/>\n", x, y, radius, look);
}

void svg_path(struct out *o, const char *look, const char *fmt, ...)
{
	char d[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d, sizeof(d), fmt, ap);
	va_end(ap);
	out_printf(o, "<path d=\"%s\" class=\"%s\"/>\n", d, look);
}

void svg_text(struct out *o, int x, int y, const char *look, const char *text)
{
	out_printf(o, "<text x=\"%d\" y=\"%d\" class=\"%s\" xml:space=\"preserve\">", x, y, look);
	put_escaped(o, text);
	out_puts(o, "</text>\n");
}

int svg_width_plain(const char *text)
{
	return (int)(strlen(text) * SIZE * 60 / 100);
}

int svg_width_fixed(const char *text)
{
	return (int)(strlen(text) * SIZE * 603 / 1000) + 1;
}

const char *svg_color(unsigned n)
{
	static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};

	return names[n % 8];
}
