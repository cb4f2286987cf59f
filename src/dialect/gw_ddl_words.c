/*
 * gw_ddl_words.c
 *	  Which names need no quotes, and which texts are one expression.
 *
 * A word that is a keyword on any platform is quoted on all: too many quotes
 * are never wrong.  Constants only.
 */
#include "postgres.h"

#include "common/keywords.h"
#include "dialect/gw_ddl_private.h"

/* Reserved somewhere, and no keyword of PostgreSQL; in order. */
static const char *const words_reserved[] = {
	"account",	  "accessible", "add",		   "aes128",	 "aes256",		"allowoverwrite",
	"analyze",	  "apply",		"assert_rows_modified",		 "autocommit",	"backup",
	"blanksasnull", "browse",	"bulk",		   "bytedict",	 "change",		"checkpoint",
	"clustered",  "compute",	"connect",	   "connection", "contains",	"containstable",
	"convert",	  "credentials", "database",   "databases",	 "day_hour",	"day_microsecond",
	"day_minute", "day_second", "dbcc",		   "deflate",	 "delayed",		"delta",
	"deny",		  "desc",		"describe",	   "deterministic", "disk",		"distinctrow",
	"distkey",	  "distributed", "diststyle",  "div",		 "dual",		"dump",
	"elseif",	  "emptyasnull", "empty",	   "encode",	 "encrypt",		"errlvl",
	"exit",		  "explicit",	"fillfactor",  "float4",	 "float8",		"force",
	"freetext",	  "freetexttable", "fulltext", "function",	 "get",			"globaldict256",
	"gscluster",  "gzip",		"hash",		   "high_priority", "holdlock",	"hour_microsecond",
	"hour_minute", "hour_second", "identitycol", "if",		 "ignore",		"increment",
	"index",	  "infile",		"int1",		   "int2",		 "int3",		"int4",
	"int8",		  "issue",		"iterate",	   "keys",		 "kill",		"lag",
	"lead",		  "leave",		"linear",	   "lineno",	 "lines",		"load",
	"long",		  "longblob",	"longtext",	   "lookup",	 "loop",		"low_priority",
	"lun",		  "lzo",		"manual",	   "match_recognize", "mediumblob", "mediumint",
	"mediumtext", "merge",		"middleint",   "minus",		 "mod",			"modifies",
	"mostly16",	  "mostly32",	"mostly8",	   "nocheck",	 "nonclustered", "nth_value",
	"ntile",	  "offline",	"offsets",	   "oid",		 "open",		"opendatasource",
	"openquery",  "openrowset", "optimize",	   "optionally", "organization", "outfile",
	"parallel",	  "partition",	"percent",	   "permissions", "pivot",		"plan",
	"precision",  "print",		"proc",		   "proto",		 "purge",		"qualify",
	"raiserror",  "rank",		"raw",		   "read_write", "readtext",	"reads",
	"reconfigure", "recover",	"regexp",	   "rejectlog",	 "replication", "require",
	"resort",	  "respect",	"resignal",	   "restore",	 "return",		"revert",
	"rlike",	  "rowcount",	"rowguidcol",  "row_number", "sample",		"save",
	"schemas",	  "second_microsecond", "securityaudit", "semantickeyphrasetable", "sensitive",
	"separator",  "setuser",	"shutdown",	   "signal",	 "snapshot",	"sortkey",
	"spatial",	  "specific",	"sqlexception", "sqlstate",	 "sqlwarning",	"ssl",
	"starting",	  "statistics", "stored",	   "straight_join", "struct",	"sysdate",
	"system",	  "tag",		"tdes",		   "terminated", "text255",		"text32k",
	"textsize",	  "timestamp",	"tinyblob",	   "tinyint",	 "tinytext",	"top",
	"tran",		  "treat",		"trigger",	   "truncatecolumns", "try_cast", "tsequal",
	"undo",		  "unlock",		"unpivot",	   "unsigned",	 "updatetext",	"usage",
	"use",		  "utc_date",	"utc_time",	   "utc_timestamp", "varbinary", "varcharacter",
	"varying",	  "waitfor",	"wallet",	   "while",		 "without",		"writetext",
	"xor",		  "year_month", "zerofill",
};

bool
gw_ddl_is_plain_name(const GwDdlTarget *target, const char *name)
{
	char lower[NAMEDATALEN];
	int len = strlen(name);

	if (len == 0 || len >= NAMEDATALEN || (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (int i = 0; i < len; i++)
	{
		unsigned char c = name[i];

		if (!((c >= 'a' && c <= 'z' && target->folds != 'u') ||
			  (c >= 'A' && c <= 'Z' && target->folds != 'l') || (c >= '0' && c <= '9') ||
			  c == '_'))
			return false;
		lower[i] = pg_ascii_tolower(c);
	}
	lower[len] = '\0';
	if (ScanKeywordLookup(lower, &ScanKeywords) >= 0)
		return false;
	for (int i = 0; i < lengthof(words_reserved); i++)
		if (strcmp(words_reserved[i], lower) == 0)
			return false;
	return true;
}

const char *
gw_ddl_skip_quoted(const char *at, char close, bool escapes)
{
	for (at++; *at != '\0'; at++)
	{
		if (escapes && *at == '\\' && at[1] != '\0')
			at++;
		else if (*at == close && at[1] == close)
			at++;
		else if (*at == close)
			return at + 1;
	}
	return NULL;
}

bool
gw_ddl_is_expression(const GwDdlTarget *target, const char *sql)
{
	bool escapes = target->can & GW_DDL_BACKSLASH;
	char open = target->dialect->ident_open;
	int depth = 0;
	const char *at = sql;

	while (*at == ' ')
		at++;
	if (*at == '\0')
		return false;
	while (at != NULL && *at != '\0')
	{
		if (*at == '\'' || *at == '"' || *at == '`')
		{
			/* E'...' of PostgreSQL has escapes as well. */
			bool extended = *at == '\'' && at > sql && (at[-1] == 'E' || at[-1] == 'e');

			at = gw_ddl_skip_quoted(at, *at, escapes || extended);
			continue;
		}
		if (*at == '[' && open == '[')
		{
			at = gw_ddl_skip_quoted(at, ']', false);
			continue;
		}
		if (*at == ';' || *at == '$' || *at == '#' || strncmp(at, "--", 2) == 0 ||
			strncmp(at, "/*", 2) == 0 || (*at == ',' && depth == 0))
			return false;
		if (*at == '(' || *at == '[')
			depth++;
		if ((*at == ')' || *at == ']') && --depth < 0)
			return false;
		at++;
	}
	return at != NULL && depth == 0;
}
