/*
 * gw_fdw_shippable_collation.c
 *	  Under which collation would the remote evaluate a node, and does that
 *	  treat strings as we do?
 *
 * Collations are derived as the remote derives them: a column's own beats the
 * default, two different ones conflict, an explicit COLLATE "C" beats all.
 * Which nodes there are is the business of gw_fdw_shippable.c, how two
 * collations compare that of gw_collation.c.  States live with their walk.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_collation.h"
#include "fdw/gw_shippable.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"

/* The remote database's own collation, as its columns tell. */
void
gw_ship_default_collation(GwShipContext *cxt, GwShipState *state)
{
	ListCell *lc;

	foreach(lc, cxt->scope->relations)
	{
		const GwSchema *schema = gw_relation_facts(lfirst(lc));

		for (int i = 0; schema != NULL && i < schema->ncolumns; i++)
		{
			const GwColumn *column = &schema->columns[i];

			if (column->collation == NULL &&
				(column->native_type == NULL || strcmp(column->native_type, "name") != 0) &&
				gw_dialect_collation_facts(cxt->grel->dialect, column, &state->facts))
			{
				state->known = true;
				return;
			}
		}
	}

	/* Databases have deterministic collations, whichever they are. */
	memset(&state->facts, 0, sizeof(state->facts));
	state->facts.deterministic = true;
	state->facts.encoding = -1;
	state->known = true;
}

/* The state of an expression of that type with no inputs. */
void
gw_ship_start(GwShipState *state, Oid type)
{
	memset(state, 0, sizeof(*state));
	if (!OidIsValid(get_typcollation(type)))
		return;
	state->kind = SHIP_DEFAULT;
	if (type == NAMEOID)
	{
		state->kind = SHIP_COLUMN;
		state->name = "C";
		state->known = true;
		state->facts = (GwCollationFacts){.provider = 'c', .locale = "C", .ctype = "C",
										  .deterministic = true, .encoding = -1};
	}
}

static bool
ship_same_collation(const GwShipState *a, const GwShipState *b)
{
	return a->name != NULL && b->name != NULL && strcmp(a->name, b->name) == 0 && a->known &&
		   b->known && a->facts.provider == b->facts.provider &&
		   a->facts.deterministic == b->facts.deterministic && a->facts.locale != NULL &&
		   b->facts.locale != NULL && strcmp(a->facts.locale, b->facts.locale) == 0;
}

/* Add one input to the inputs seen so far. */
void
gw_ship_merge(GwShipState *into, const GwShipState *input)
{
	bool from_column = into->from_column || input->from_column;
	bool text_from_column = into->text_from_column ||
							(input->kind != SHIP_NONE && input->from_column);

	if (input->kind == SHIP_COLUMN && into->kind == SHIP_COLUMN)
	{
		if (!ship_same_collation(into, input))
			into->kind = SHIP_CONFLICT;
	}
	else if (input->kind == SHIP_C || into->kind == SHIP_NONE ||
			 (into->kind == SHIP_DEFAULT && input->kind > SHIP_DEFAULT) ||
			 (into->kind == SHIP_DEFAULT && input->kind == SHIP_DEFAULT && input->known &&
			  (!into->known || into->facts.deterministic)) ||
			 (into->kind == SHIP_COLUMN && input->kind == SHIP_CONFLICT))
		*into = *input;
	into->from_column = from_column;
	into->text_from_column = text_from_column;
}

/*
 * The collation of a node's result, given that of its inputs: it bubbles up
 * from them; without any it is the type's own.
 */
void
gw_ship_result(GwShipState *state, const GwShipState *inputs, Oid type)
{
	gw_ship_start(state, type);
	if (state->kind != SHIP_NONE && inputs->kind != SHIP_NONE)
		*state = *inputs;
	state->from_column = inputs->from_column;
	state->text_from_column = false;
}

static char *
ship_collation_reason(const GwShipState *inputs, Oid collation)
{
	char *name = get_collation_name(collation);

	if (inputs->kind == SHIP_CONFLICT)
		return "its columns have different collations there";
	if (inputs->column == NULL)
		return psprintf("collation \"%s\" is not known to agree with the remote's", name);
	return psprintf("collation of column \"%s\" there is not known to agree with \"%s\" here",
					inputs->column, name);
}

/*
 * In a foreign dialect the templates see to it that bytes are compared, in
 * UTF-8, unless the dialect says of a column's collation that it is not
 * deterministic.
 */
static bool
ship_foreign_collation(GwShipContext *cxt, Oid collation, GwCollationNeed need,
					   GwShipState *inputs)
{
	static const GwCollationFacts bytes = {.provider = 'c', .locale = "C", .ctype = "C",
										   .deterministic = true, .encoding = PG_UTF8};
	GwCollationFacts local;

	if (need == GW_COLL_NONE)
		return true;
	if (!OidIsValid(collation))
		return inputs->kind == SHIP_NONE ||
			   gw_ship_refuse(cxt, "its collation is not determined here");
	/* Columns whose collations the templates do not get around. */
	if (inputs->known && (!inputs->facts.deterministic || inputs->kind == SHIP_CONFLICT))
		return gw_ship_refuse(cxt, ship_collation_reason(inputs, collation));
	if (need == GW_COLL_CTYPE || !gw_collation_local_facts(collation, &local) ||
		gw_collation_compare(&local, &bytes, need, false) != GW_COLLATION_AGREES)
		return gw_ship_refuse(cxt, ship_collation_reason(inputs, collation));
	return true;
}

/*
 * Does the remote treat the strings of this node as we do?  May decide to
 * force COLLATE "C" on an operand of it, which the inputs' state then says.
 */
bool
gw_ship_collation(GwShipContext *cxt, void *node, Oid collation, GwCollationNeed need,
			   GwShipState *inputs)
{
	static const GwCollationFacts c_facts = {.provider = 'c', .locale = "C", .ctype = "C",
											 .deterministic = true};
	GwCollationFacts local;
	GwCollationFacts remote;
	GwCollationAnswer answer;
	bool can_force = (cxt->grel->dialect->flags & GW_DIALECT_COLLATE_C) != 0;

	if (!cxt->postgres)
		return ship_foreign_collation(cxt, collation, need, inputs);
	if (!OidIsValid(collation))
	{
		/* Strings without a collation: two of ours conflict, which is an error here. */
		if (need != GW_COLL_NONE && inputs->kind != SHIP_NONE)
			return gw_ship_refuse(cxt, "its collation is not determined here");
		return true;
	}
	/* Our own strings are converted on their way; nothing looks at others. */
	if (need == GW_COLL_NONE && !inputs->text_from_column)
		return true;
	if (!gw_collation_local_facts(collation, &local))
		return gw_ship_refuse(cxt, ship_collation_reason(inputs, collation));

	if (!inputs->known || inputs->facts.encoding < 0)
	{
		GwShipState database = {0};

		gw_ship_default_collation(cxt, &database);
		if (!inputs->known)
			inputs->facts = database.facts;
		inputs->facts.encoding = database.facts.encoding;
		inputs->known = true;
	}
	remote = inputs->facts;
	if (inputs->kind == SHIP_C)
	{
		remote = c_facts;
		remote.encoding = inputs->facts.encoding;
	}
	else if (inputs->kind == SHIP_CONFLICT && need != GW_COLL_NONE)
	{
		remote.provider = 0;
		remote.deterministic = false;
	}

	answer = gw_collation_compare(&local, &remote, need, can_force);
	if (answer == GW_COLLATION_DIFFERS)
		return gw_ship_refuse(cxt, need == GW_COLL_NONE
						   ? "the remote database's encoding is not known to be the same"
						   : ship_collation_reason(inputs, collation));
	if (answer == GW_COLLATION_FORCE_C && inputs->kind != SHIP_C)
	{
		if (node != NULL)
			cxt->force_c = lappend(cxt->force_c, node);
		inputs->kind = SHIP_C;
	}
	return true;
}
