/*
 * gw_options_common.c
 *	  The options every platform knows.
 *
 * Only what is honoured stands here; an option nobody reads does not exist.
 */
#include "postgres.h"

#include "base/gw_options.h"

static const GwOption common_rows[] = {
	{.name = "fetch_size",
	 .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = 1000000,
	 .fallback = "10000",
	 .doc = "Rows fetched from the remote at a time."},
	{.name = "fetch_mode",
	 .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_ENUM,
	 .values = "auto cursor stream",
	 .fallback = "auto",
	 .doc = "Read through a remote cursor or as one stream; auto streams what is surely read to "
			"its end."},
	{.name = "use_remote_estimate",
	 .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Ask the remote for row counts and costs while planning."},
	{.name = "async_capable",
	 .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Scans of several servers below one Append run at the same time."},
	{.name = "max_rows",
	 .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_INT,
	 .min = 1,
	 .max = PG_INT64_MAX,
	 .doc = "A scan that would return more rows is an error (54000)."},
	{.name = "read_only",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_BOOL,
	 .fallback = "false",
	 .doc = "Refuse everything that writes to the remote (25006)."},
	{.name = "schema",
	 .where = GW_OPT_SERVER,
	 .kind = GW_OPT_STRING,
	 .doc = "The remote schema where none is named."},
	{.name = "schema_name",
	 .where = GW_OPT_TABLE,
	 .kind = GW_OPT_STRING,
	 .doc = "The remote table's schema; the server's schema by default."},
	{.name = "table_name",
	 .aliases = "table",
	 .where = GW_OPT_TABLE,
	 .kind = GW_OPT_STRING,
	 .doc = "The remote table's name; the foreign table's name by default."},
	{.name = "query",
	 .where = GW_OPT_TABLE,
	 .kind = GW_OPT_STRING,
	 .doc = "A remote query to read instead of a table."},
	{.name = "column_name",
	 .where = GW_OPT_COLUMN,
	 .kind = GW_OPT_STRING,
	 .doc = "The remote column's name; the local name by default."},
	{.name = "native_type",
	 .where = GW_OPT_COLUMN,
	 .kind = GW_OPT_STRING,
	 .doc = "The remote column's type as the remote writes it."},
};

const GwOptionTable gw_common_options = {
	.options = common_rows,
	.noptions = lengthof(common_rows),
};
