/*
 * target_secret.c
 *	  Texts of a remote, and references: nothing overflows, what comes out is
 *	  valid, and no registered secret is in it.
 *
 * The input's first line holds secrets separated by blanks, its first byte
 * how long the copy may be; the rest is what the remote said.  gw_secret.c is
 * included, not linked: what it remembers for a backend's life is forgotten
 * here after each run.
 */
#include "fuzz.h"

#include "../../src/base/gw_secret.c"

#include "mb/pg_wchar.h"

/* The rules of gw_secret.h, written down a second time. */
static bool
reference_is_plain(const char *ref)
{
	if (strncmp(ref, "file:", 5) == 0)
	{
		size_t len = strlen(ref + 5);

		if (len == 0 || len > 254 || ref[5] == '.')
			return false;
		for (size_t i = 5; i < len + 5; i++)
			if (ref[i] == '/' || ref[i] == '\\' || ref[i] == '\n' || ref[i] == '\r')
				return false;
		return true;
	}
	return strncmp(ref, "env:", 4) == 0 && ref[4] != '\0' &&
		   strcspn(ref + 4, "=*, ;\n") == strlen(ref + 4);
}

/* Wild cards by the book: every way to spend a star is tried, once. */
static bool
pattern_by_table(const char *pattern, size_t plen, const char *text, size_t tlen)
{
	bool *row = palloc0(tlen + 1);

	row[0] = true;
	for (size_t p = 0; p < plen; p++)
	{
		bool diagonal = row[0];

		row[0] = row[0] && pattern[p] == '*';
		for (size_t t = 1; t <= tlen; t++)
		{
			bool above = row[t];

			row[t] = pattern[p] == '*' ? above || row[t - 1]
									   : diagonal && pattern[p] == text[t - 1];
			diagonal = above;
		}
	}
	return row[tlen];
}

/*
 * Masking and cleaning write these; a secret made of them may appear anew.
 * One that begins amid a character can be the tail of another text's.
 */
static bool
secret_is_usual(const char *secret)
{
	return strlen(secret) >= SECRET_MIN_MASKED && strpbrk(secret, "*?. ") == NULL &&
		   fuzz_valid(secret, strlen(secret));
}

static void
check_copy(const char *dst, size_t dstlen, const char *src, char **secrets, int nsecrets)
{
	size_t len = strlen(dst);

	FUZZ_CHECK(len < dstlen);
	FUZZ_CHECK(fuzz_valid(dst, len));
	for (size_t i = 0; i < len; i++)
		FUZZ_CHECK((unsigned char) dst[i] >= 0x20 && dst[i] != 0x7f);
	for (int i = 0; i < nsecrets; i++)
		if (secret_is_usual(secrets[i]) && strstr(dst, secrets[i]) != NULL)
			fuzz_fail("secret \"%s\" is in \"%s\" for \"%s\"", secrets[i], dst, src);
}

void
fuzz_one(char *text, size_t len)
{
	char *secrets[8];
	int nsecrets = 0;
	size_t dstlen;
	char *src, *line, *word, *save = NULL, *dst;
	GwError err;

	secret_texts = NULL;
	secret_cxt = NULL;
	secret_ntexts = secret_maxtexts = 0;
	if (len < 2)
		return;
	dstlen = 8 + (unsigned char) text[0] * 4;
	line = text + 1;
	src = strchr(line, '\n');
	if (src == NULL)
		return;
	*src++ = '\0';

	FUZZ_CHECK(gw_secret_ref_valid(line) == reference_is_plain(line));
	FUZZ_CHECK(gw_secret_ref_valid(src) == reference_is_plain(src));
	if (line[0] != '\0' && strpbrk(line, ", \t\n") == NULL)
		FUZZ_CHECK(gw_pattern_list_match(line, src, false) ==
				   pattern_by_table(line, strlen(line), src, strlen(src)));

	for (word = strtok_r(line, " ", &save); word != NULL && nsecrets < lengthof(secrets);
		 word = strtok_r(NULL, " ", &save))
	{
		gw_secret_register(word);
		secrets[nsecrets++] = word;
	}
	dst = malloc(dstlen);
	gw_error_remote_text(dst, dstlen, src);
	check_copy(dst, dstlen, src, secrets, nsecrets);
	free(dst);

	gw_error_sql(&err, src);
	FUZZ_CHECK(strlen(err.sql) < sizeof(err.sql) && fuzz_valid(err.sql, strlen(err.sql)));
	if (fuzz_valid(src, strlen(src)))
	{
		gw_error_set(&err, GW_ERR_PERMANENT, ERRCODE_FDW_ERROR, "%s", src);
		gw_error_detail(&err, "said: %s", src);
		gw_error_hint(&err, "%s", src);
	}
	gw_secret_redact(src);
	for (int i = 0; i < nsecrets; i++)
		FUZZ_CHECK(!secret_is_usual(secrets[i]) || strstr(src, secrets[i]) == NULL);
}
