/*
 * unit_sqlserver.c
 *	  Descriptions of SQL Server's tables, beyond what a table made for a test has.
 */
#include "postgres.h"

#include "gw_unit.h"

#include "platform/gw_platform.h"

GW_UNIT(sqlserver_large)
{
	static const char document[] =
		"[{\"schema\": \"dbo\", \"table\": \"large\", \"kind\": \"U\", \"column\": \"id\","
		" \"type\": \"bigint\", \"base\": \"bigint\", \"bytes\": \"8\", \"nullable\": \"0\","
		" \"key_position\": \"1\", \"key_name\": \"pk\", \"rows\": \"5000000000\","
		" \"seed\": \"9000000000\", \"step\": \"-3000000000\"}]";
	GwSchema *schema = NULL;
	GwError err;

	CHECK_INT(gw_platform_find("sqlserver")->read_document(document, &schema, &err), GW_OK);
	CHECK_INT(schema->rows, INT64CONST(5000000000));
	CHECK_INT(schema->columns[0].identity_start, INT64CONST(9000000000));
	CHECK_INT(schema->columns[0].identity_increment, INT64CONST(-3000000000));
	CHECK_STR(schema->primary->columns[0], "id");
}
