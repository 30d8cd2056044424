/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fetch ends as soon as there is something to say: at the end of the head if no text is wanted,
 * at the text, at its time, or at FETCH_MAX bytes. So neither an endless page nor one that trickles
 * keeps anybody. The text is looked for in all of the body so far, which is kept for that.
 */
#include "http/fetch.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "probe/pin.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

struct fetcher {
	CURLM *multi;
	fetch_fn *fn;
	void *arg;
	struct arena arena;
	struct curl_blob authorities;
};

struct page {
	struct http_ask ask;
	CURL *curl;
	struct curl_slist *resolve;
	size_t head_n, body_n;
	bool headed; /* the head has come to its end */
	bool enough; /* what is still to come says nothing more */
	bool found;  /* the text */
	char *body;  /* FETCH_MAX bytes, if a text is wanted */
};

/* What is there is used, wherever the distribution has it; SSL_CERT_FILE is OpenSSL's own name. */
static int read_authorities(struct fetcher *f, struct err *e)
{
	const char *path = getenv("SSL_CERT_FILE");
	const char *const places[] = {path ? path : AUTHORITIES, "/etc/pki/tls/certs/ca-bundle.crt",
				      "/etc/ssl/cert.pem"};
	char *text;
	size_t len;
	int rc = -ENOENT;

	for (size_t i = 0; rc == -ENOENT && i < (path ? 1 : ARRAY_SIZE(places)); i++)
		rc = file_read(&f->arena, places[i], &text, &len, e);
	/* Without any, no certificate is good; http does not need one. */
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	f->authorities = (struct curl_blob){text, len, CURL_BLOB_NOCOPY};
	return 0;
}

int fetcher_open(struct fetcher **ret, fetch_fn *fn, void *arg, struct err *e)
{
	struct fetcher *f = calloc(1, sizeof(*f));

	*ret = NULL;
	if (!f || curl_global_init(CURL_GLOBAL_DEFAULT) || !(f->multi = curl_multi_init())) {
		free(f);
		return err_errno(e, -ENOMEM, "libcurl");
	}
	f->fn = fn;
	f->arg = arg;
	*ret = f;
	return read_authorities(f, e);
}

void fetcher_close(struct fetcher *f)
{
	if (!f)
		return;
	curl_multi_cleanup(f->multi);
	arena_free(&f->arena);
	free(f);
	curl_global_cleanup();
}

static void page_free(struct page *p)
{
	curl_easy_cleanup(p->curl);
	curl_slist_free_all(p->resolve);
	free(p->body);
	free(p);
}

/* libcurl's callbacks */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct page *p = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || to->family != p->ask.src.family ||
	    to->socktype != SOCK_STREAM)
		return CURL_SOCKET_BAD;
	int fd = pin_socket((uint8_t)to->family, SOCK_STREAM, &p->ask.src, p->ask.ifindex);
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static long status_of(const struct page *p)
{
	long status = 0;

	curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* A line of the head; the last one is empty. A head of status 1xx is not the last. */
static size_t take_head(char *line, size_t size, size_t n, void *arg)
{
	struct page *p = arg;

	(void)size;
	p->head_n += n;
	if (p->head_n > FETCH_MAX)
		return 0;
	bool last = (n == 2 && line[0] == '\r') || (n == 1 && line[0] == '\n');
	if (!last || status_of(p) < 200)
		return n;
	p->headed = true;
	p->enough = !*p->ask.body;
	return p->enough ? 0 : n;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct page *p = arg;
	size_t fits = n < FETCH_MAX - p->body_n ? n : FETCH_MAX - p->body_n;

	(void)size;
	if (!p->body) /* the head would have been enough */
		return 0;
	memcpy(p->body + p->body_n, data, fits);
	p->body_n += fits;
	p->found = memmem(p->body, p->body_n, p->ask.body, strlen(p->ask.body));
	p->enough = p->found || p->body_n == FETCH_MAX;
	return p->enough ? 0 : n;
}

/* Ends */

static enum probe_fault judge_page(const struct page *p)
{
	long status = status_of(p);

	/* libcurl takes a head that breaks off for a whole one. */
	if (!p->headed)
		return FAULT_PROTOCOL;
	if (status < p->ask.status_first || status > p->ask.status_last)
		return status >= 300 && status < 400 ? FAULT_REDIRECT : FAULT_STATUS;
	return *p->ask.body && !p->found ? FAULT_BODY : FAULT_NONE;
}

static enum probe_fault judge_failure(const struct page *p, CURLcode code)
{
	long error = 0;

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return FAULT_SILENCE;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(p->curl, CURLINFO_OS_ERRNO, &error);
		return error == ECONNREFUSED ? FAULT_REFUSED : FAULT_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return FAULT_TLS;
	default:
		return FAULT_PROTOCOL;
	}
}

static void tell_ends(struct fetcher *f)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left))) {
		struct page *p;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&p);
		bool whole = m->data.result == CURLE_OK || p->enough;
		enum probe_fault fault = whole ? judge_page(p) : judge_failure(p, m->data.result);
		curl_multi_remove_handle(f->multi, p->curl);
		f->fn(f->arg, &p->ask, fault);
		page_free(p);
	}
}

/* Beginnings */

/* libcurl is told the address, so that it never asks anybody for it. */
static int set_address(struct page *p, const struct ip_addr *addr)
{
	char text[IP_ADDR_STRLEN], entry[HTTP_NAME + IP_ADDR_STRLEN + 16];

	if (!p->ask.named)
		return 0;
	snprintf(entry, sizeof(entry), "%s:%u:%s", p->ask.host, p->ask.port,
		 ip_addr_str(addr, text));
	p->resolve = curl_slist_append(NULL, entry);
	return p->resolve && !curl_easy_setopt(p->curl, CURLOPT_RESOLVE, p->resolve) ? 0 : -ENOMEM;
}

static bool set_limits(CURL *c, const struct http_ask *a)
{
	long ms = (long)(a->timeout / 1000) + 1;

	return !curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms) &&
	       !curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, ms) &&
	       !curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") &&
	       !curl_easy_setopt(c, CURLOPT_PROXY, "") &&
	       !curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L) &&
	       !curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) &&
	       !curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
	       !curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
}

static bool set_callbacks(CURL *c, struct page *p)
{
	return !curl_easy_setopt(c, CURLOPT_PRIVATE, p) &&
	       !curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
	       !curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, p) &&
	       !curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_head) &&
	       !curl_easy_setopt(c, CURLOPT_HEADERDATA, p) &&
	       !curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body) &&
	       !curl_easy_setopt(c, CURLOPT_WRITEDATA, p);
}

static bool set_up(const struct fetcher *f, struct page *p)
{
	CURL *c = p->curl;

	return set_limits(c, &p->ask) && set_callbacks(c, p) &&
	       !curl_easy_setopt(c, CURLOPT_URL, p->ask.url) &&
	       !curl_easy_setopt(c, CURLOPT_USERAGENT, "multihome/" MH_VERSION) &&
	       (!f->authorities.len || !curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &f->authorities));
}

int fetch(struct fetcher *f, const struct http_ask *ask, const struct ip_addr *addr)
{
	struct page *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->ask = *ask;
	p->curl = curl_easy_init();
	if (*ask->body)
		p->body = malloc(FETCH_MAX);
	if (!p->curl || (*ask->body && !p->body) || !set_up(f, p) || set_address(p, addr) < 0 ||
	    curl_multi_add_handle(f->multi, p->curl)) {
		page_free(p);
		return -ENOMEM;
	}
	return 0;
}

int fetcher_wait(struct fetcher *f, struct pollfd *fds, unsigned n, int most)
{
	struct curl_waitfd extra[8];
	int running;

	for (unsigned i = 0; i < n && i < 8; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = CURL_WAIT_POLLIN};
	curl_multi_perform(f->multi, &running);
	tell_ends(f);
	if (curl_multi_poll(f->multi, extra, n, most, NULL))
		return -EIO;
	for (unsigned i = 0; i < n && i < 8; i++)
		fds[i].revents = extra[i].revents;
	curl_multi_perform(f->multi, &running);
	tell_ends(f);
	return 0;
}
