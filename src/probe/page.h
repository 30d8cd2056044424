/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_PROBE_PAGE_H
#define MH_PROBE_PAGE_H

#include "base/err.h"
#include "probe/probe.h"

/*
 * Pages. They are fetched by another program, multihome-http (src/http), so that nobody who does
 * not ask for pages has libcurl in memory; here its socket is spoken to (http_wire.h). A good
 * answer has a status as wanted and, if so asked, a text in its first 64 KiB. A redirection is not
 * followed: it is what a captive portal answers. If the program is not there, nothing is answered.
 */
struct page;

/* The socket to the program, for all page_open() that come; it stays the caller's. */
void page_use(int fd);

int page_open(struct page **ret, struct err *e);
void page_close(struct page *h); /* NULL is fine */
int page_fd(const struct page *h);
size_t page_send(struct page *h, struct probe *v, size_t n, uint64_t now);
void page_read(struct page *h, probe_fn *fn, void *arg);
/* Whose target is not known any more is the caller's to see: numbers are not used again at once. */
void page_forget(struct page *h);
/* What came from the socket and is no message. */
uint64_t page_strangers(const struct page *h);

#endif
