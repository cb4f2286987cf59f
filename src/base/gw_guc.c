/*
 * gw_guc.c
 *	  The settings of the module.
 *
 * Does not interpret them beyond the pattern lists.  The variables belong to
 * PostgreSQL's GUC machinery.
 */
#include "postgres.h"

#include "base/gw_compat.h"
#include "base/gw_guc.h"
#include "utils/guc.h"

static bool guc_enable_pushdown = true;
static bool guc_enable_whole_query = true;
static char *guc_secret_dir = NULL;
static char *guc_env_allow = NULL;
static char *guc_grantable_secrets = NULL;
static char *guc_allowed_hosts = NULL;

void
gw_guc_define(void)
{
	DefineCustomBoolVariable("warehouse_gw.enable_pushdown",
							 "Lets remote systems evaluate parts of queries.",
							 "Off: all is evaluated locally; results are the same.",
							 &guc_enable_pushdown, true, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("warehouse_gw.enable_whole_query",
							 "Lets a query run as one statement where all its tables live.",
							 "Off: only its parts are sent; results are the same.",
							 &guc_enable_whole_query, true, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("warehouse_gw.secret_dir",
							   "Directory in which 'file:NAME' secret references are looked up.",
							   "Empty: file references are refused.",
							   &guc_secret_dir, "", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL,
							   NULL);
	DefineCustomStringVariable("warehouse_gw.env_allow",
							   "Environment variables that 'env:NAME' secret references may read.",
							   "Comma-separated names; '*' stands for any characters.",
							   &guc_env_allow, "WGW_*", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);
	DefineCustomStringVariable("warehouse_gw.grantable_secrets",
							   "Secret references that roles other than superusers may name.",
							   "Form: 'role=ref[,ref...][;role=...]'; for its members too.",
							   &guc_grantable_secrets, "", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL,
							   NULL, NULL);
	DefineCustomStringVariable("warehouse_gw.allowed_hosts",
							   "Hosts that servers may name.",
							   "Comma-separated; '*' stands for any characters.",
							   &guc_allowed_hosts, "*", PGC_SUSET, 0, NULL, NULL, NULL);
	gw_compat_reserve_prefix("warehouse_gw");
}

bool
gw_guc_enable_pushdown(void)
{
	return guc_enable_pushdown;
}

bool
gw_guc_enable_whole_query(void)
{
	return guc_enable_whole_query;
}

const char *
gw_guc_secret_dir(void)
{
	return guc_secret_dir ? guc_secret_dir : "";
}

const char *
gw_guc_env_allow(void)
{
	return guc_env_allow ? guc_env_allow : "";
}

const char *
gw_guc_grantable_secrets(void)
{
	return guc_grantable_secrets ? guc_grantable_secrets : "";
}

const char *
gw_guc_allowed_hosts(void)
{
	return guc_allowed_hosts ? guc_allowed_hosts : "";
}

/* Does text match pattern[0 .. plen)?  The usual walk with one backtrack point. */
static bool
pattern_match(const char *pattern, size_t plen, const char *text, bool fold_case)
{
	const char *p = pattern;
	const char *pend = pattern + plen;
	const char *star = NULL;
	const char *retry = NULL;

	while (*text)
	{
		if (p < pend && *p == '*')
		{
			star = ++p;
			retry = text;
		}
		else if (p < pend &&
				 (*p == *text || (fold_case && pg_ascii_tolower((unsigned char) *p) ==
												   pg_ascii_tolower((unsigned char) *text))))
		{
			p++;
			text++;
		}
		else if (star != NULL)
		{
			p = star;
			text = ++retry;
		}
		else
			return false;
	}
	while (p < pend && *p == '*')
		p++;
	return p == pend;
}

bool
gw_pattern_list_match(const char *patterns, const char *text, bool fold_case)
{
	while (*patterns)
	{
		size_t len = strcspn(patterns, ", \t\n");

		if (len > 0 && pattern_match(patterns, len, text, fold_case))
			return true;
		patterns += len;
		patterns += strspn(patterns, ", \t\n");
	}
	return false;
}
