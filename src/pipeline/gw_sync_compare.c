/*
 * gw_sync_compare.c
 *	  Source against target before anything is read: columns, types and
 *	  nullability.
 *
 * A target column takes a source column when its type holds every value of
 * the source's without change.  Anything else is an error that names the
 * table, the column, both types and the mode.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "parser/parse_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "pipeline/gw_movement.h"

/* Types whose every value another type holds exactly. */
static const struct
{
	Oid from, to;
} compare_widenings[] = {
	{INT2OID, INT4OID},		 {INT2OID, INT8OID},	   {INT2OID, NUMERICOID},
	{INT2OID, FLOAT4OID},	 {INT2OID, FLOAT8OID},	   {INT4OID, INT8OID},
	{INT4OID, NUMERICOID},	 {INT4OID, FLOAT8OID},	   {INT8OID, NUMERICOID},
	{FLOAT4OID, FLOAT8OID},	 {DATEOID, TIMESTAMPOID},  {VARCHAROID, TEXTOID},
	{TEXTOID, VARCHAROID},	 {BPCHAROID, TEXTOID},	   {BPCHAROID, VARCHAROID},
	{BITOID, VARBITOID},	 {CIDROID, INETOID},
};

static bool
compare_widens(Oid from, Oid to)
{
	if (from == to)
		return true;
	for (int i = 0; i < lengthof(compare_widenings); i++)
	{
		if (compare_widenings[i].from == from && compare_widenings[i].to == to)
			return true;
	}
	return false;
}

/* Does numeric(p2,s2) hold every numeric(p1,s1)? */
static bool
compare_numeric(int32 from, int32 to)
{
	int p1 = ((from - VARHDRSZ) >> 16) & 0xffff, s1 = (from - VARHDRSZ) & 0xffff;
	int p2 = ((to - VARHDRSZ) >> 16) & 0xffff, s2 = (to - VARHDRSZ) & 0xffff;

	return s2 >= s1 && p2 - s2 >= p1 - s1;
}

/* Does the target's modifier let every source value through unchanged? */
static bool
compare_modifier(Oid from, int32 frommod, Oid to, int32 tomod)
{
	if (tomod < 0 || (from == to && frommod == tomod))
		return true;
	switch (to)
	{
		case VARCHAROID:
		case BPCHAROID:
		case VARBITOID:
			return frommod >= 0 && tomod >= frommod;
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return from == DATEOID || tomod >= (frommod < 0 ? 6 : frommod);
		case NUMERICOID:
			if (from == NUMERICOID)
				return frommod >= 0 && compare_numeric(frommod, tomod);
			return false;
		default:
			return false;
	}
}

/*
 * What the source column is for this comparison: a declared length counts,
 * although such a column is staged as plain text.
 */
static void
compare_source_type(const GwMove *move, Oid *type, int32 *typmod)
{
	const GwType *t = &move->column->type;

	*type = move->type;
	*typmod = move->typmod;
	if (move->as_text || move->type != TEXTOID || t->length == GW_ABSENT)
		return;
	if (t->id == GW_TYPE_STRING || t->id == GW_TYPE_CHAR)
	{
		*type = t->id == GW_TYPE_CHAR ? BPCHAROID : VARCHAROID;
		*typmod = (int32) t->length + VARHDRSZ;
	}
}

static void
compare_type(GwSync *sync, const GwMove *move, Form_pg_attribute att)
{
	int32 typmod = att->atttypmod;
	Oid type = getBaseTypeAndTypmod(att->atttypid, &typmod);
	Oid from;
	int32 frommod;

	compare_source_type(move, &from, &frommod);
	if (compare_widens(from, type) && compare_modifier(from, frommod, type, typmod))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of target %s is %s, but the source's is %s",
					move->column->name, sync->target,
					format_type_with_typemod(att->atttypid, att->atttypmod),
					move->column->native_type),
			 errdetail("Mode \"%s\" from %s needs a target column that holds every value of "
					   "%s unchanged.",
					   sync->request->mode, sync->source, move->type_text),
			 errhint("Change the target column to %s.", move->type_text)));
}

/* One source column against the target. */
static void
compare_column(GwSync *sync, TupleDesc target, const GwMove *move)
{
	const char *name = move->column->name;
	Form_pg_attribute att = NULL;
	bool is_cursor = move->column == sync->window.column &&
					 strcmp(sync->options.null_cursor, "include") != 0;

	for (int i = 0; i < target->natts && att == NULL; i++)
	{
		if (!TupleDescAttr(target, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(target, i)->attname), name) == 0)
			att = TupleDescAttr(target, i);
	}
	if (att == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("target %s has no column \"%s\"", sync->target, name),
				 errdetail("The source %s has it with type %s; mode \"%s\" moves every column.",
						   sync->source, move->column->native_type, sync->request->mode),
				 errhint("ALTER TABLE %s ADD COLUMN %s %s;", sync->target,
						 quote_identifier(name), move->type_text)));
	if (att->attgenerated != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of target %s is generated and cannot be loaded", name,
						sync->target),
				 errdetail("The source %s has it with type %s; mode is \"%s\".", sync->source,
						   move->column->native_type, sync->request->mode)));
	compare_type(sync, move, att);
	if (att->attnotnull && move->column->nullable && !move->is_key && !is_cursor)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of target %s is NOT NULL, but the source's may be NULL",
						name, sync->target),
				 errdetail("Source %s, type %s; target type %s; mode \"%s\".", sync->source,
						   move->column->native_type,
						   format_type_with_typemod(att->atttypid, att->atttypmod),
						   sync->request->mode),
				 errhint("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL;", sync->target,
						 quote_identifier(name))));
}

/* Was the column loaded by an earlier run? */
static bool
compare_was_loaded(const GwSync *sync, const char *name)
{
	ArrayType *array;
	Datum *names;
	int n;

	if (sync->watermark.columns == NULL)
		return false;
	array = DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, sync->watermark.columns,
													TEXTOID, -1));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		if (strcmp(TextDatumGetCString(names[i]), name) == 0)
			return true;
	}
	return false;
}

/* One target column that the source does not have. */
static void
compare_extra(GwSync *sync, Form_pg_attribute att)
{
	const char *name = NameStr(att->attname);

	if (compare_was_loaded(sync, name))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of source %s is gone", name, sync->source),
				 errdetail("Earlier runs of stream \"%s\" loaded it into %s (%s); mode is "
						   "\"%s\".",
						   sync->stream_name, sync->target,
						   format_type_with_typemod(att->atttypid, att->atttypmod),
						   sync->request->mode),
				 errhint("Drop the column from the target, or start over with "
						 "gw.reset_watermark().")));
	if (att->attnotnull && !att->atthasdef && att->attidentity == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of target %s is NOT NULL without a default, and the "
						"source does not have it",
						name, sync->target),
				 errdetail("Source %s; target type %s; mode \"%s\".", sync->source,
						   format_type_with_typemod(att->atttypid, att->atttypmod),
						   sync->request->mode),
				 errhint("Give the column a default, or drop NOT NULL.")));
}

void
gw_sync_compare(GwSync *sync)
{
	Relation rel = table_open(sync->target_oid, AccessShareLock);
	TupleDesc desc = RelationGetDescr(rel);

	for (int i = 0; i < sync->nmoves; i++)
		compare_column(sync, desc, &sync->moves[i]);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated == '\0' &&
			gw_schema_column(sync->schema, NameStr(att->attname)) == NULL)
			compare_extra(sync, att);
	}
	table_close(rel, NoLock);
}
