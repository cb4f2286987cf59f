/*
 * gw_fdw_guard.c
 *	  Comparisons with parameters whose values the remote's type may lack.
 *
 * A kept plan does not know what its parameters will be, and infinity, a year BC
 * or NaN cannot be sent to most products.  What a column compares to such a value
 * is known all the same: it lies before or behind whatever the column can hold.
 * So the statement carries, beside each such comparison, what stands in its
 * place then, and the run decides.  In the text, which begins with GUARD_TEXT:
 *
 *	GUARD_OPEN number,count; above GUARD_BELOW below GUARD_PLAIN plain GUARD_END
 *
 * with the first parameter's number and how many there are of it in plain.  Such
 * a statement holds these bytes for no other reason: gw_guard_seal() sees to it.
 * Decides nothing about what is sent at all.  Results: CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/transam.h"
#include "fdw/gw_foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/lsyscache.h"

#define GUARD_OPEN '\001'
#define GUARD_BELOW '\002'
#define GUARD_PLAIN '\003'
#define GUARD_END '\004'
#define GUARD_TEXT '\005'

/* ---- which comparisons ---- */

/* What each comparison says of a value that lies behind, or before, its other side. */
static const struct
{
	const char *name;
	bool above, below; /* other <op> value */
} guard_operators[] = {
	{"=", false, false}, {"<>", true, true},  {"<", true, false},
	{"<=", true, false}, {">", false, true}, {">=", false, true},
};

static bool
guard_is_open(const GwScope *scope, const GwDialect *dialect, Node *node)
{
	Oid type = exprType(node);

	return gw_ship_is_param(scope, node) &&
		   !gw_dialect_takes_param(dialect, type, exprTypmod(node)) &&
		   gw_dialect_has_bounds(dialect, type);
}

bool
gw_foreign_guard(const GwScope *scope, const GwDialect *dialect, Node *node, GwGuard *guard)
{
	OpExpr *op = (OpExpr *) node;
	const char *name;
	bool left;
	int i;

	if (!IsA(node, OpExpr) || list_length(op->args) != 2 || op->opno >= FirstGenbkiObjectId)
		return false;
	left = guard_is_open(scope, dialect, linitial(op->args));
	if (left == guard_is_open(scope, dialect, lsecond(op->args)))
		return false;
	guard->param = left ? linitial(op->args) : lsecond(op->args);
	guard->other = left ? lsecond(op->args) : linitial(op->args);
	/* It is written once more, with nothing in it that is computed or sent. */
	if (gw_ship_has_param(scope, guard->other) || contain_subplans(guard->other))
		return false;
	name = get_opname(op->opno);
	for (i = 0; i < lengthof(guard_operators); i++)
	{
		if (strcmp(guard_operators[i].name, name) != 0)
			continue;
		/* value < other is other > value, which has the opposite outcomes. */
		guard->above = guard_operators[i].above;
		guard->below = guard_operators[i].below;
		if (left && guard->above != guard->below)
		{
			guard->above = !guard->above;
			guard->below = !guard->below;
		}
		return true;
	}
	return false;
}

/* ---- writing ---- */

/* The outcome, and NULL where the other side is NULL. */
static void
guard_outcome(GwDeparse *cxt, Node *other, bool outcome)
{
	gw_sql(&cxt->buf, "(");
	gw_deparse_foreign(cxt, other, false);
	gw_sql(&cxt->buf, outcome ? " IS NOT NULL OR NULL = 1)" : " IS NULL AND NULL = 1)");
}

void
gw_deparse_guarded(GwDeparse *cxt, const GwGuard *guard, Node *node, bool truth,
				   void (*plain)(GwDeparse *cxt, Node *node, bool truth))
{
	int before = list_length(cxt->params);
	GwSqlBuf around = cxt->buf;
	char *text;

	/* Not shared with places where the value itself is needed. */
	cxt->guarding = true;
	cxt->guarded = 0;
	gw_sqlbuf_init(&cxt->buf);
	plain(cxt, node, truth);
	text = cxt->buf.text.data;
	cxt->buf = around;
	cxt->guarding = false;

	appendStringInfo(&cxt->buf.text, "%c%d,%d;", GUARD_OPEN, cxt->guarded,
					 list_length(cxt->params) - before);
	guard_outcome(cxt, guard->other, guard->above);
	appendStringInfoChar(&cxt->buf.text, GUARD_BELOW);
	guard_outcome(cxt, guard->other, guard->below);
	appendStringInfoChar(&cxt->buf.text, GUARD_PLAIN);
	appendStringInfoString(&cxt->buf.text, text);
	appendStringInfoChar(&cxt->buf.text, GUARD_END);
	cxt->guards++;
}

char *
gw_guard_seal(const GwDeparse *cxt)
{
	char *sql = cxt->buf.text.data;
	int found = 0;

	if (cxt->guards == 0)
		return sql;
	for (const char *p = sql; *p != '\0'; p++)
		found += *p >= GUARD_OPEN && *p <= GUARD_TEXT;
	if (found != 4 * cxt->guards)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a constant or a name with control characters stands beside a parameter"),
				 errhint("Pass the constant as a parameter, or disable "
						 "warehouse_gw.enable_pushdown.")));
	return psprintf("%c%s", GUARD_TEXT, sql);
}

/* ---- running ---- */

typedef struct GuardPart
{
	int number, count;
	const char *above, *below, *plain, *end; /* where each begins; end: behind it */
} GuardPart;

/* The guard at p, which is well formed. */
static void
guard_read(const char *p, GuardPart *part)
{
	char *rest;

	part->number = (int) strtol(p + 1, &rest, 10);
	part->count = (int) strtol(rest + 1, &rest, 10);
	part->above = rest + 1;
	part->below = strchr(part->above, GUARD_BELOW) + 1;
	part->plain = strchr(part->below, GUARD_PLAIN) + 1;
	part->end = strchr(part->plain, GUARD_END) + 1;
}

/* Where a value lies: -1, 1; 0: among those there are, or NULL. */
static int
guard_side(const GwDialect *dialect, const GwParam *param)
{
	return param->value == NULL ? 0 : gw_dialect_beyond(dialect, param->value, param->type);
}

bool
gw_guard_is_needed(const GwDialect *dialect, const char *sql, const GwParam *params)
{
	GuardPart part;

	if (sql[0] != GUARD_TEXT)
		return false;
	for (const char *p = sql; (p = strchr(p, GUARD_OPEN)) != NULL; p = part.end)
	{
		guard_read(p, &part);
		if (guard_side(dialect, &params[part.number - 1]) != 0)
			return true;
	}
	return false;
}

/* sides: of each parameter, where it lies if it is one of a guard's; NULL: all are there. */
static char *
guard_write(const char *sql, const int *sides)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const char *p = sql + 1; *p != '\0';)
	{
		GuardPart part;
		int side;

		if (*p != GUARD_OPEN)
		{
			appendStringInfoChar(&text, *p++);
			continue;
		}
		guard_read(p, &part);
		side = sides ? sides[part.number - 1] : 0;
		if (side > 0)
			appendBinaryStringInfo(&text, part.above, part.below - 1 - part.above);
		else if (side < 0)
			appendBinaryStringInfo(&text, part.below, part.plain - 1 - part.below);
		else
			appendBinaryStringInfo(&text, part.plain, part.end - 1 - part.plain);
		p = part.end;
	}
	return text.data;
}

char *
gw_guard_plain(char *sql)
{
	return sql[0] == GUARD_TEXT ? guard_write(sql, NULL) : sql;
}

void
gw_guard_settle(const GwDialect *dialect, GwStatement *stmt)
{
	bool positional = (dialect->flags & GW_DIALECT_POSITIONAL) != 0;
	GwParam *params;
	GuardPart part;
	int *sides;
	int n = 0;
	int i;

	if (stmt->sql[0] != GUARD_TEXT)
		return;
	sides = palloc0(Max(stmt->nparams, 1) * sizeof(int));
	params = palloc(Max(stmt->nparams, 1) * sizeof(GwParam));
	for (const char *p = stmt->sql; (p = strchr(p, GUARD_OPEN)) != NULL; p = part.end)
	{
		guard_read(p, &part);
		for (i = part.number - 1; i < part.number - 1 + Max(part.count, 1); i++)
			sides[i] = guard_side(dialect, &stmt->params[i]);
	}
	/* What is not in the text is not sent; where parameters have names, it is as good as NULL. */
	for (i = 0; i < stmt->nparams; i++)
	{
		if (sides[i] != 0 && positional)
			continue;
		params[n] = stmt->params[i];
		if (sides[i] != 0)
			params[n].value = NULL;
		n++;
	}
	stmt->sql = guard_write(stmt->sql, sides);
	stmt->params = params;
	stmt->nparams = n;
}
