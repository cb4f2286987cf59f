/*
 * gw_transport_http_call.c
 *	  One HTTP call: from a request to the library's handle, and back to an
 *	  answer or an error.
 *
 * Does not drive anything.  A call is malloc'd and owned by a guard in the
 * caller's context until it is detached.  Callbacks run in the library's
 * frames: they copy bytes, look at addresses, and report by their result.
 */
#include "postgres.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "base/gw_secret.h"
#include "base/gw_url.h"
#include "storage/fd.h"
#include "transport/gw_transport_http_private.h"

#define HEAD_MAX (256 * 1024)

/* ---- callbacks ---- */

static size_t
call_take_body(char *data, size_t size, size_t n, void *arg)
{
	GwHttpCall *call = (GwHttpCall *) arg;

	return gw_buf_append(&call->answer, data, size * n) ? size * n : 0;
}

static size_t
call_take_head(char *data, size_t size, size_t n, void *arg)
{
	GwHttpCall *call = (GwHttpCall *) arg;

	/* A status line begins an answer anew: 100 Continue stands before the real one. */
	if (size * n >= 5 && memcmp(data, "HTTP/", 5) == 0)
		gw_buf_reset(&call->answer_head);
	return gw_buf_append(&call->answer_head, data, size * n) ? size * n : 0;
}

/* Addresses are looked at here, after names were resolved. */
static curl_socket_t
call_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	GwHttpCall *call = (GwHttpCall *) arg;
	int fd;

	if (!call->allow_private && gw_url_address_private(&address->addr))
	{
		call->refused_address = true;
		return CURL_SOCKET_BAD;
	}
	if (!AcquireExternalFD())
	{
		call->no_descriptor = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
	{
		ReleaseExternalFD();
		return CURL_SOCKET_BAD;
	}
	call->opened = true;
	return fd;
}

static int
call_close_socket(void *arg, curl_socket_t fd)
{
	ReleaseExternalFD();
	return close(fd);
}

/*
 * A connection is there, maybe one that was opened for somebody who may go
 * where this call may not.
 */
static int
call_before_request(void *arg, char *peer, char *own, int peer_port, int own_port)
{
	GwHttpCall *call = (GwHttpCall *) arg;
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	bool private = true;

	if (!call->allow_private)
	{
		if (inet_pton(AF_INET, peer, &in4.sin_addr) == 1)
			private = gw_url_address_private((struct sockaddr *) &in4);
		else if (inet_pton(AF_INET6, peer, &in6.sin6_addr) == 1)
			private = gw_url_address_private((struct sockaddr *) &in6);
		if (private)
		{
			call->refused_address = true;
			return CURL_PREREQFUNC_ABORT;
		}
	}
	if (call->opened)
		gw_http_note_connection(own_port, peer_port);
	call->opened = false;
	/* The library begins anew where a connection that was used before ends in silence. */
	if (call->sent && call->once)
	{
		call->lost = true;
		return CURL_PREREQFUNC_ABORT;
	}
	if (gw_http_doubts(call) && gw_http_connection_doubted(own_port, peer_port))
	{
		call->doubted = true;
		return CURL_PREREQFUNC_ABORT;
	}
	call->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* ---- making one ---- */

static void
call_release(void *handle)
{
	GwHttpCall *call = (GwHttpCall *) handle;

	call->guard = NULL;
	gw_http_call_free(call);
}

void
gw_http_call_free(GwHttpCall *call)
{
	GwError ignored;

	if (call->then != NULL)
		gw_http_call_free(call->then);
	if (call->easy != NULL)
	{
		if (call->added)
			curl_multi_remove_handle(gw_http_engine(&ignored), call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	gw_buf_free(&call->answer_head);
	gw_buf_free(&call->answer);
	free(call->body);
	free(call);
}

static GwStatus
call_no_memory(GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
}

/* May this URL be asked at all?  Fills what messages and callbacks need. */
static GwStatus
call_check_url(GwHttpCall *call, const GwHttpPolicy *policy, const char *text, GwError *err)
{
	GwUrl url;
	size_t len = strcspn(text, "?");

	if (!gw_url_parse(text, &url))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
							"not a URL that can be asked");
	snprintf(call->url, sizeof(call->url), "%.*s", (int) Min(len, sizeof(call->url) - 1), text);
	strlcpy(call->host, url.host, sizeof(call->host));
	if (!url.https && !policy->allow_http)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "the URL of host \"%s\" is not https", url.host);
		gw_error_hint(err, "A superuser may allow http for a server.");
		return GW_FAILED;
	}
	return GW_OK;
}

static bool
call_add_header(GwHttpCall *call, const char *line)
{
	struct curl_slist *longer = curl_slist_append(call->headers, line);

	if (longer == NULL)
		return false;
	call->headers = longer;
	return true;
}

static GwStatus
call_set_headers(GwHttpCall *call, const GwHttpRequest *request, GwError *err)
{
	/* What the library would add by itself, and wait for. */
	bool done = call_add_header(call, "Expect:");

	for (int i = 0; done && i < request->nheaders; i++)
	{
		const GwHttpHeader *header = &request->headers[i];
		char *line;

		if (header->value == NULL)
			continue;
		if (strpbrk(header->name, "\r\n:") != NULL || strpbrk(header->value, "\r\n") != NULL)
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
								"a line break in the HTTP header %s", header->name);
		/* An empty value is said with a semicolon: libcurl, CURLOPT_HTTPHEADER. */
		line = header->value[0] == '\0' ? psprintf("%s;", header->name)
										: psprintf("%s: %s", header->name, header->value);
		done = call_add_header(call, line);
		explicit_bzero(line, strlen(line));
		pfree(line);
	}
	return done ? GW_OK : call_no_memory(err);
}

/* What holds for every call, nothing else can change, and cannot fail to be set. */
static void
call_set_fixed(GwHttpCall *call)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *) call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->problem);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call_take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, call_take_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, call_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, call_close_socket);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call_before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
}

static GwStatus
call_set_request(GwHttpCall *call, const GwHttpPolicy *policy, const GwHttpRequest *request,
				 GwError *err)
{
	CURL *easy = call->easy;

	/* Texts are copied.  No proxy is taken from the environment, and no other protocol. */
	if (curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
						 policy->allow_http ? "https,http" : "https") != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip") != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_USERAGENT, policy->user_agent) != CURLE_OK ||
		(policy->ca_file != NULL &&
		 curl_easy_setopt(easy, CURLOPT_CAINFO, policy->ca_file) != CURLE_OK))
		return call_no_memory(err);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) policy->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long) policy->silence_timeout_s);
	if (request->body != NULL)
	{
		call->body = malloc(Max(request->bodylen, 1));
		if (call->body == NULL)
			return call_no_memory(err);
		memcpy(call->body, request->body, request->bodylen);
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->bodylen);
	}
	else
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	/* POST and GET above have set a method of their own. */
	if (curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK)
		return call_no_memory(err);
	if (call_set_headers(call, request, err) != GW_OK)
		return GW_FAILED;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
	return GW_OK;
}

GwHttpCall *
gw_http_prepare(MemoryContext cxt, const GwHttpPolicy *policy, const GwHttpRequest *request,
				GwError *err)
{
	GwGuard *guard;
	GwHttpCall *call;

	if (gw_http_engine(err) == NULL)
		return NULL;
	guard = gw_guard_create(cxt, call_release);
	call = calloc(1, sizeof(GwHttpCall));
	if (call == NULL)
	{
		(void) call_no_memory(err);
		return NULL;
	}
	gw_guard_put(guard, call);
	call->guard = guard;
	call->allow_private = policy->allow_private;
	call->once = request->once;
	call->made_us = gw_monotonic_us();
	strlcpy(call->method, request->method, sizeof(call->method));
	gw_buf_init(&call->answer_head, HEAD_MAX);
	gw_buf_init(&call->answer, request->max_answer);
	call->easy = curl_easy_init();
	if (call->easy == NULL)
		(void) call_no_memory(err);
	else if (call_check_url(call, policy, request->url, err) == GW_OK)
	{
		call_set_fixed(call);
		if (call_set_request(call, policy, request, err) == GW_OK)
			return call;
	}
	gw_guard_release(guard);
	return NULL;
}

bool
gw_http_begin(GwHttpCall *call)
{
	GwError ignored;

	/* Nor does it wait for a connection that may never come about. */
	if (gw_http_doubts(call) && gw_http_host_silent(call->host))
		curl_easy_setopt(call->easy, CURLOPT_PIPEWAIT, 0L);
	call->added = curl_multi_add_handle(gw_http_engine(&ignored), call->easy) == CURLM_OK;
	if (!call->added)
		gw_http_call_ended(call, CURLE_OUT_OF_MEMORY);
	return call->added;
}

GwHttpCall *
gw_http_start(MemoryContext cxt, const GwHttpPolicy *policy, const GwHttpRequest *request,
			  GwError *err)
{
	GwHttpCall *call = gw_http_prepare(cxt, policy, request, err);

	if (call != NULL && !gw_http_begin(call))
	{
		(void) call_no_memory(err);
		gw_http_release(call);
		return NULL;
	}
	return call;
}

/* ---- its end ---- */

/* It was not sent, or may be twice: over a connection of its own. */
static bool
call_begin_anew(GwHttpCall *call)
{
	CURLM *engine = gw_http_engine(&(GwError){0});

	call->doubted = false;
	call->problem[0] = '\0';
	curl_multi_remove_handle(engine, call->easy);
	curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
	call->added = curl_multi_add_handle(engine, call->easy) == CURLM_OK;
	return call->added;
}

void
gw_http_call_ended(GwHttpCall *call, CURLcode code)
{
	if (call->doubted && call_begin_anew(call))
		return;
	if (code == CURLE_OPERATION_TIMEDOUT)
		gw_http_doubt_connections();
	call->done = true;
	call->code = code;
}

bool
gw_http_done(const GwHttpCall *call)
{
	return call->done;
}

int
gw_http_status(const GwHttpCall *call)
{
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int) status;
}

GwBuf *
gw_http_body(GwHttpCall *call)
{
	return &call->answer;
}

bool
gw_http_was_sent(const GwHttpCall *call)
{
	return call->sent;
}

char *
gw_http_header(const GwHttpCall *call, const char *name)
{
	size_t len = strlen(name);
	const char *line = call->answer_head.data;

	while (line != NULL && *line != '\0')
	{
		size_t length = strcspn(line, "\r\n");

		if (length > len && line[len] == ':' && pg_strncasecmp(line, name, len) == 0)
		{
			const char *value = line + len + 1;

			value += strspn(value, " \t");
			return pnstrdup(value, line + length - value);
		}
		line += length;
		line += strspn(line, "\r\n");
	}
	return NULL;
}

void
gw_http_release(GwHttpCall *call)
{
	gw_guard_release(call->guard);
}

void
gw_http_detach(GwHttpCall *call, int64 most_ms)
{
	(void) gw_guard_take(call->guard);
	call->guard = NULL;
	call->detached_ms = most_ms;
	call->detached_until = gw_deadline_in_ms(most_ms);
	gw_http_keep_detached(call);
}

void
gw_http_detach_then(GwHttpCall *call, int64 most_ms, GwHttpCall *then, const char *member)
{
	(void) gw_guard_take(then->guard);
	then->guard = NULL;
	call->then = then;
	call->member = member;
	gw_http_detach(call, most_ms);
}

void
gw_http_move(GwHttpCall *call, MemoryContext cxt)
{
	GwGuard *guard = gw_guard_create(cxt, call_release);

	(void) gw_guard_take(call->guard);
	gw_guard_put(guard, call);
	call->guard = guard;
}

/* The text of a member, if a name of plain characters; where it ends in *len. */
static const char *
answer_name(const GwHttpCall *call, size_t *len)
{
	const char *at = call->answer.data;
	size_t length = strlen(call->member);

	/* A quote within a text has a backslash before it, so this is a member's. */
	while (at != NULL && (at = strchr(at, '"')) != NULL)
	{
		at++;
		if (strncmp(at, call->member, length) != 0 || at[length] != '"')
			continue;
		at += length + 1;
		at += strspn(at, " \t\r\n:");
		if (*at != '"')
			return NULL;
		at++;
		*len = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
		return *len > 0 && at[*len] == '"' ? at : NULL;
	}
	return NULL;
}

void
gw_http_call_follow(GwHttpCall *call)
{
	GwHttpCall *then = call->then;
	const char *mark = strstr(then->url, GW_HTTP_LATER);
	char url[sizeof(then->url) * 2];
	const char *name;
	size_t len = 0;

	if (!call->done || call->code != CURLE_OK || mark == NULL ||
		strlen(then->url) == sizeof(then->url) - 1 || (name = answer_name(call, &len)) == NULL)
		return;
	if (snprintf(url, sizeof(url), "%.*s%.*s%s", (int) (mark - then->url), then->url, (int) len,
				 name, mark + strlen(GW_HTTP_LATER)) >= (int) sizeof(url) ||
		curl_easy_setopt(then->easy, CURLOPT_URL, url) != CURLE_OK || !gw_http_begin(then))
		return;
	call->then = NULL;
	then->detached_until = gw_deadline_in_ms(call->detached_ms);
	gw_http_keep_detached(then);
}

/* ---- errors ---- */

static GwStatus
call_fail_tls(const GwHttpCall *call, const char *words, GwError *err)
{
	gw_error_set(err, GW_ERR_AUTH, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
				 "TLS to host \"%s\" failed: %s", call->host, words);
	gw_error_hint(err, "Check that the certificate is for this host and has not expired, and that "
					   "its authority is among the trusted ones (option \"sslrootcert\").");
	return GW_FAILED;
}

GwStatus
gw_http_result(const GwHttpCall *call, GwError *err)
{
	char words[CURL_ERROR_SIZE];

	if (call->code == CURLE_OK)
		return GW_OK;
	gw_error_remote_text(words, sizeof(words),
						 call->problem[0] ? call->problem : curl_easy_strerror(call->code));
	if (call->refused_address)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "the host \"%s\" is at a private address", call->host);
		gw_error_hint(err, "A superuser may set the server option \"allow_private_network\".");
		return GW_FAILED;
	}
	if (call->lost)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
							"the connection to host \"%s\" ended before an answer", call->host);
	if (call->no_descriptor)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
							"too many open files for another connection");
	if (call->answer.failed || call->answer_head.failed)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							"the answer of host \"%s\" is larger than %zu bytes", call->host,
							call->answer_head.failed ? (size_t) HEAD_MAX : call->answer.max);
	switch (call->code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
			gw_error_set(err, GW_ERR_TRANSIENT,
						 ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
						 "host \"%s\" could not be resolved", call->host);
			return GW_FAILED;
		case CURLE_COULDNT_CONNECT:
			return gw_error_set(err, GW_ERR_TRANSIENT,
								ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
								"could not connect to host \"%s\": %s", call->host, words);
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_INVALIDCERTSTATUS:
			return call_fail_tls(call, words, err);
		case CURLE_SSL_CONNECT_ERROR:
			(void) call_fail_tls(call, words, err);
			err->cls = GW_ERR_TRANSIENT;
			return GW_FAILED;
		case CURLE_OPERATION_TIMEDOUT:
			return gw_error_set(err, GW_ERR_TRANSIENT,
								call->sent ? ERRCODE_CONNECTION_FAILURE
										   : ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
								"host \"%s\" did not answer in time", call->host);
		case CURLE_OUT_OF_MEMORY:
			return call_no_memory(err);
		case CURLE_BAD_CONTENT_ENCODING:
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
								"the answer of host \"%s\" cannot be inflated", call->host);
		default:
			/* Sent, received, cut short: the connection broke. */
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
								"the connection to host \"%s\" broke: %s", call->host, words);
	}
}
