/*
 * shim.c
 *	  As much of a server as the fuzzed files need: memory, errors, lists,
 *	  encodings.  Everything else stays unresolved and must not be reached.
 *
 * Does not imitate memory contexts: what is allocated in a run lives until
 * its end.  The database encoding is UTF-8.
 */
#include "fuzz.h"

#include "common/base64.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

MemoryContext TopMemoryContext;
MemoryContext CurrentMemoryContext;
ErrorContextCallback *error_context_stack;
char fuzz_message[4096];

/* ---- memory: a list of the blocks of this run ---- */

typedef struct Block
{
	struct Block *next, **previous;
	size_t size;
} Block;

static Block *blocks;

void *
palloc(Size size)
{
	Block *block;

	/* What the server refuses as an invalid request size. */
	if (size >= 0x40000000)
		elog(ERROR, "invalid memory alloc request size %zu", size);
	block = malloc(sizeof(Block) + size);
	block->size = size;
	block->next = blocks;
	block->previous = &blocks;
	if (blocks != NULL)
		blocks->previous = &block->next;
	blocks = block;
	return block + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void
pfree(void *pointer)
{
	Block *block = (Block *) pointer - 1;

	*block->previous = block->next;
	if (block->next != NULL)
		block->next->previous = block->previous;
	free(block);
}

void *
repalloc(void *pointer, Size size)
{
	Size old = ((Block *) pointer - 1)->size;
	void *moved = palloc(size);

	memcpy(moved, pointer, Min(old, size));
	pfree(pointer);
	return moved;
}

char *
pnstrdup(const char *text, Size len)
{
	char *copy;

	len = strnlen(text, len);
	copy = palloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
pstrdup(const char *text)
{
	return pnstrdup(text, strlen(text));
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size minContextSize,
							  Size initBlockSize, Size maxBlockSize)
{
	return NULL;
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
}

/* Called before the blocks go, as the server does. */
static MemoryContextCallback *callbacks;

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *callback)
{
	callback->next = callbacks;
	callbacks = callback;
}

static void
memory_reset(void)
{
	for (; callbacks != NULL; callbacks = callbacks->next)
		callbacks->func(callbacks->arg);
	while (blocks != NULL)
		pfree(blocks + 1);
}

/* ---- errors ---- */

static sigjmp_buf *error_target;
static int error_level;
static int error_code;

bool
errstart(int elevel, const char *domain)
{
	error_level = elevel;
	error_code = ERRCODE_INTERNAL_ERROR;
	fuzz_message[0] = '\0';
	return elevel >= ERROR;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	error_code = sqlerrcode;
	return 0;
}

/* Formats are run, so that a sanitizer sees what they read. */
static void
error_text(bool keep, const char *fmt, va_list args)
{
	char text[sizeof(fuzz_message)];

	vsnprintf(text, sizeof(text), fmt, args);
	if (keep)
		strcpy(fuzz_message, text);
}

#define ERROR_TEXT(name, keep)                                                                 \
	int name(const char *fmt, ...)                                                             \
	{                                                                                          \
		va_list args;                                                                          \
                                                                                               \
		va_start(args, fmt);                                                                   \
		error_text(keep, fmt, args);                                                           \
		va_end(args);                                                                          \
		return 0;                                                                              \
	}

ERROR_TEXT(errmsg, true)
ERROR_TEXT(errmsg_internal, true)
ERROR_TEXT(errdetail, false)
ERROR_TEXT(errdetail_internal, false)
ERROR_TEXT(errhint, false)
ERROR_TEXT(errcontext_msg, false)

int
set_errcontext_domain(const char *domain)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	if (error_level < ERROR)
		return;
	if (error_code == ERRCODE_INTERNAL_ERROR)
		fuzz_fail("an internal error is a bug: %s", fuzz_message);
	if (error_target == NULL)
		fuzz_fail("nobody expected an error: %s", fuzz_message);
	siglongjmp(*error_target, 1);
}

int
fuzz_raises(void (*body)(void *arg), void *arg)
{
	sigjmp_buf target;
	sigjmp_buf *volatile saved = error_target;
	int code = 0;

	if (sigsetjmp(target, 0) == 0)
	{
		error_target = &target;
		body(arg);
	}
	else
		code = error_code;
	error_target = saved;
	return code;
}

void
fuzz_fail(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "fuzz: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

/* ---- lists ---- */

List *
lappend(List *list, void *datum)
{
	if (list == NULL)
	{
		list = palloc0(sizeof(List));
		list->type = T_List;
		list->max_length = 4;
		list->elements = palloc(4 * sizeof(ListCell));
	}
	else if (list->length == list->max_length)
		list->elements = repalloc(list->elements, (list->max_length *= 2) * sizeof(ListCell));
	list->elements[list->length++].ptr_value = datum;
	return list;
}

char *
defGetString(DefElem *def)
{
	return strVal(def->arg);
}

/* ---- encodings ---- */

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

bool
fuzz_valid(const char *text, size_t len)
{
	return pg_encoding_verifymbstr(PG_UTF8, text, (int) len) == (int) len;
}

int
pg_mbcliplen(const char *text, int len, int limit)
{
	int clipped = 0;

	while (len > 0 && *text != '\0')
	{
		int n = pg_encoding_mblen(PG_UTF8, text);

		if (clipped + n > limit)
			break;
		clipped += n;
		if (clipped == limit)
			break;
		len -= n;
		text += n;
	}
	return clipped;
}

int
pg_mbstrlen_with_len(const char *text, int limit)
{
	int n = 0;

	while (limit > 0 && *text != '\0')
	{
		int step = pg_encoding_mblen(PG_UTF8, text);

		limit -= step;
		text += Min(step, (int) strlen(text));
		n++;
	}
	return n;
}

char *
asc_toupper(const char *text, size_t len)
{
	char *upper = pnstrdup(text, len);

	for (char *c = upper; *c != '\0'; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	return upper;
}

int
varstr_levenshtein(const char *a, int alen, const char *b, int blen, int insertion, int deletion,
				   int change, bool trusted)
{
	int row[256];
	int i, j;

	FUZZ_CHECK(alen <= 255 && blen <= 255); /* where the server raises */
	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++)
	{
		int diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= blen; j++)
		{
			int above = row[j];

			row[j] = Min(Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[blen];
}

int
varstr_levenshtein_less_equal(const char *a, int alen, const char *b, int blen, int insertion,
							  int deletion, int change, int limit, bool trusted)
{
	return varstr_levenshtein(a, alen, b, blen, insertion, deletion, change, trusted);
}

bool
parse_bool(const char *text, bool *result)
{
	static const char *const words[] = {"false", "off", "no", "0", "true", "on", "yes", "1"};

	for (int i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(text, words[i]) == 0)
		{
			*result = i >= 4;
			return true;
		}
	return false;
}

/* ---- rights: a superuser ---- */

bool
superuser(void)
{
	return true;
}

bool
has_privs_of_role(Oid member, Oid role)
{
	return true;
}

Oid
GetUserId(void)
{
	return 10;
}

/* ---- runs ---- */

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_one(text, size);
	memory_reset();
	free(text);
	return 0;
}
