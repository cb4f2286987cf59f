/*
 * gw_secret.c
 *	  Secret references: who may name one, resolving it, and keeping the value
 *	  out of every text we emit.
 *
 * Does not store or cache secrets for use: a reference is resolved at each
 * connect, so rotation needs no reload.  The values remembered for redaction
 * live in a context of their own for the life of the backend.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gw_guc.h"
#include "base/gw_secret.h"
#include "catalog/pg_authid.h"
#include "common/base64.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/memutils.h"

#define SECRET_MAX_BYTES (64 * 1024)
#define SECRET_MIN_MASKED 4

/* What is masked; grows only. */
typedef struct SecretText
{
	char *text;
	size_t len;
} SecretText;

static MemoryContext secret_cxt = NULL;
static SecretText *secret_texts = NULL;
static int secret_ntexts = 0;
static int secret_maxtexts = 0;

/* ---- references ---- */

/* The part behind "file:" / "env:", or NULL when ref has another form. */
static const char *
ref_after(const char *ref, const char *scheme)
{
	size_t len = strlen(scheme);

	return strncmp(ref, scheme, len) == 0 ? ref + len : NULL;
}

/* A plain file name: no way out of the directory, no hidden file. */
static bool
ref_name_is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) < NAME_MAX &&
		   strpbrk(name, "/\\\n\r") == NULL;
}

bool
gw_secret_ref_valid(const char *ref)
{
	const char *name = ref_after(ref, "file:");

	if (name != NULL)
		return ref_name_is_plain(name);
	name = ref_after(ref, "env:");
	return name != NULL && name[0] != '\0' && strpbrk(name, "=*, ;\n") == NULL;
}

/* Does one 'role=ref,ref' entry allow ref to the current user? */
static bool
grant_entry_allows(char *entry, const char *ref)
{
	char *equals = strchr(entry, '=');
	char *role = entry;
	char *save = NULL;
	char *item;
	size_t len;
	Oid roleid;

	if (equals == NULL)
		return false;
	*equals = '\0';
	role += strspn(role, " \t\n");
	len = strlen(role);
	while (len > 0 && (role[len - 1] == ' ' || role[len - 1] == '\t'))
		role[--len] = '\0';
	roleid = get_role_oid(role, true);
	if (!OidIsValid(roleid) || !has_privs_of_role(GetUserId(), roleid))
		return false;
	for (item = strtok_r(equals + 1, ", \t\n", &save); item != NULL;
		 item = strtok_r(NULL, ", \t\n", &save))
	{
		if (strcmp(item, ref) == 0)
			return true;
	}
	return false;
}

bool
gw_secret_ref_allowed(const char *ref)
{
	char *list;
	char *save = NULL;
	char *entry;

	if (superuser())
		return true;
	list = pstrdup(gw_guc_grantable_secrets());
	for (entry = strtok_r(list, ";", &save); entry != NULL; entry = strtok_r(NULL, ";", &save))
	{
		if (grant_entry_allows(entry, ref))
			return true;
	}
	return false;
}

/* ---- resolving ---- */

/*
 * Check what was opened, not what the name pointed to before: a name can be
 * exchanged between a look and an open.
 */
static GwStatus
file_check(const char *name, int fd, GwError *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_IO_ERROR,
							"could not examine secret file \"%s\": %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_INSUFFICIENT_PRIVILEGE,
							"secret file \"%s\" is not a regular file", name);
	if (st.st_uid != geteuid() && st.st_uid != 0)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "secret file \"%s\" belongs to somebody else", name);
		gw_error_hint(err, "It must be owned by the user the server runs as, or by root.");
		return GW_FAILED;
	}
	if ((st.st_mode & 077) != 0)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "secret file \"%s\" can be reached by group or others", name);
		gw_error_hint(err, "Set its mode to 0600 or 0400.");
		return GW_FAILED;
	}
	if (st.st_size > SECRET_MAX_BYTES)
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							"secret file \"%s\" is larger than 64 KiB", name);
	return GW_OK;
}

/* Read the whole file into *value; it may not have grown past the limit. */
static GwStatus
file_read(const char *name, int fd, char **value, GwError *err)
{
	char *text = palloc(SECRET_MAX_BYTES + 1);
	size_t used = 0;

	for (;;)
	{
		ssize_t n = read(fd, text + used, SECRET_MAX_BYTES + 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gw_error_set(err, GW_ERR_AUTH, ERRCODE_IO_ERROR,
								"could not read secret file \"%s\": %s", name, strerror(errno));
		if (n == 0)
			break;
		used += n;
		if (used > SECRET_MAX_BYTES)
			return gw_error_set(err, GW_ERR_AUTH, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
								"secret file \"%s\" is larger than 64 KiB", name);
	}
	if (memchr(text, '\0', used) != NULL)
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_INVALID_PARAMETER_VALUE,
							"secret file \"%s\" holds a zero byte", name);
	text[used] = '\0';
	*value = text;
	return GW_OK;
}

static GwStatus
resolve_file(const char *name, char **value, GwError *err)
{
	const char *dir = gw_guc_secret_dir();
	char *path;
	GwStatus status;
	int fd;

	if (!is_absolute_path(dir))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					 "secret \"file:%s\" cannot be read: no secret directory is configured",
					 name);
		gw_error_hint(err, "Set warehouse_gw.secret_dir to an absolute path.");
		return GW_FAILED;
	}
	path = psprintf("%s/%s", dir, name);
	/* O_NONBLOCK: opening a FIFO must not hang; it is refused afterwards. */
	fd = OpenTransientFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
	{
		int saved = errno;

		gw_error_set(err, GW_ERR_AUTH,
					 saved == ENOENT ? ERRCODE_UNDEFINED_FILE : ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "could not open secret file \"%s\": %s", name,
					 saved == ELOOP ? "it is a symbolic link" : strerror(saved));
		gw_error_hint(err, "Secret files are looked up in warehouse_gw.secret_dir and must be "
						   "readable by the user the server runs as.");
		return GW_FAILED;
	}
	status = file_check(name, fd, err);
	if (status == GW_OK)
		status = file_read(name, fd, value, err);
	CloseTransientFile(fd);
	return status;
}

static GwStatus
resolve_env(const char *name, char **value, GwError *err)
{
	const char *found;

	if (!gw_pattern_list_match(gw_guc_env_allow(), name, false))
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_INSUFFICIENT_PRIVILEGE,
					 "environment variable \"%s\" may not be used as a secret", name);
		gw_error_hint(err, "The names that may be used are set in warehouse_gw.env_allow.");
		return GW_FAILED;
	}
	found = getenv(name);
	if (found == NULL)
	{
		gw_error_set(err, GW_ERR_AUTH, ERRCODE_UNDEFINED_OBJECT,
					 "environment variable \"%s\" is not set", name);
		gw_error_hint(err, "It is read from the environment the server was started with.");
		return GW_FAILED;
	}
	*value = pstrdup(found);
	return GW_OK;
}

GwStatus
gw_secret_resolve(const char *ref, char **value, GwError *err)
{
	const char *name;
	GwStatus status;
	size_t len;

	/* Again at use: the catalogs may hold what an older version let pass. */
	if (!gw_secret_ref_valid(ref))
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_INVALID_PARAMETER_VALUE,
							"invalid secret reference");
	if ((name = ref_after(ref, "file:")) != NULL)
		status = resolve_file(name, value, err);
	else
		status = resolve_env(ref_after(ref, "env:"), value, err);
	if (status != GW_OK)
		return status;

	len = strlen(*value);
	if (len > 0 && (*value)[len - 1] == '\n')
		(*value)[--len] = '\0';
	if (len > 0 && (*value)[len - 1] == '\r')
		(*value)[--len] = '\0';
	if (len == 0)
		return gw_error_set(err, GW_ERR_AUTH, ERRCODE_INVALID_PARAMETER_VALUE,
							"secret \"%s\" is empty", ref);
	gw_secret_register(*value);
	return GW_OK;
}

/* ---- redaction ---- */

static void
mask_add(const char *text, size_t len)
{
	int i;

	if (len < SECRET_MIN_MASKED)
		return;
	for (i = 0; i < secret_ntexts; i++)
	{
		if (secret_texts[i].len == len && memcmp(secret_texts[i].text, text, len) == 0)
			return;
	}
	if (secret_ntexts == secret_maxtexts)
	{
		int want = secret_maxtexts == 0 ? 16 : secret_maxtexts * 2;

		if (secret_texts == NULL)
			secret_texts = MemoryContextAlloc(secret_cxt, want * sizeof(SecretText));
		else
			secret_texts = repalloc(secret_texts, want * sizeof(SecretText));
		secret_maxtexts = want;
	}
	secret_texts[secret_ntexts].text = MemoryContextAlloc(secret_cxt, len);
	memcpy(secret_texts[secret_ntexts].text, text, len);
	secret_texts[secret_ntexts].len = len;
	secret_ntexts++;
}

/* The spellings in which a secret may come back in somebody's message. */
static void
mask_add_spellings(const char *value)
{
	StringInfoData url, quoted, escaped;
	const char *c;
	int len = (int) strlen(value);
	int size = pg_b64_enc_len(len) + 1;
	char *base64 = palloc(size);

	initStringInfo(&url);
	initStringInfo(&quoted);
	initStringInfo(&escaped);
	for (c = value; *c; c++)
	{
		if (isalnum((unsigned char) *c) || strchr("-_.~", *c))
			appendStringInfoChar(&url, *c);
		else
			appendStringInfo(&url, "%%%02X", (unsigned char) *c);
		if (*c == '\'')
			appendStringInfoChar(&quoted, '\'');
		appendStringInfoChar(&quoted, *c);
		if (*c == '"' || *c == '\\' || *c == '\'')
			appendStringInfoChar(&escaped, '\\');
		appendStringInfoChar(&escaped, *c);
	}
	mask_add(url.data, url.len);
	mask_add(quoted.data, quoted.len);
	mask_add(escaped.data, escaped.len);
	len = pg_b64_encode((const void *) value, len, base64, size);
	if (len > 0)
		mask_add(base64, len);

	explicit_bzero(url.data, url.len);
	explicit_bzero(quoted.data, quoted.len);
	explicit_bzero(escaped.data, escaped.len);
	explicit_bzero(base64, size);
	pfree(url.data);
	pfree(quoted.data);
	pfree(escaped.data);
	pfree(base64);
}

void
gw_secret_register(const char *value)
{
	if (value == NULL || strlen(value) < SECRET_MIN_MASKED)
		return;
	if (secret_cxt == NULL)
		secret_cxt = AllocSetContextCreate(TopMemoryContext, "warehouse_gw secrets",
										   ALLOCSET_SMALL_SIZES);
	mask_add(value, strlen(value));
	mask_add_spellings(value);
}

size_t
gw_secret_at(const char *text, size_t len)
{
	size_t longest = 0;
	int i;

	for (i = 0; i < secret_ntexts; i++)
	{
		const SecretText *secret = &secret_texts[i];

		if (secret->len > longest && secret->len <= len &&
			memcmp(text, secret->text, secret->len) == 0)
			longest = secret->len;
	}
	return longest;
}

void
gw_secret_redact(char *text)
{
	size_t len;

	if (secret_ntexts == 0)
		return;
	for (len = strlen(text); len > 0; text++, len--)
	{
		size_t masked = gw_secret_at(text, len);

		if (masked > 0)
		{
			memset(text, '*', masked);
			text += masked - 1;
			len -= masked - 1;
		}
	}
}
