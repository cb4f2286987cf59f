/*
 * gw_infer.c
 *	  Evidence about values: gathering it, joining it.
 *
 * Every member of a node is a count, a maximum, or a set that only shrinks or
 * only grows, so that neither the order of values nor where they were gathered
 * matters; only what is told in notices (the first misfit) knows an order.
 * Makes no types: that is gw_infer_type.c.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "schema/gw_infer_private.h"

GwInferNode *
gw_infer_node(const GwInferOptions *options, int depth)
{
	GwInferNode *node = palloc0(sizeof(GwInferNode));

	node->options = options;
	node->context = CurrentMemoryContext;
	node->depth = depth;
	node->fits = GW_FITS_ALL;
	node->formats = ~0u;
	node->common = ~0u;
	node->int64_fits = true;
	return node;
}

void
gw_infer_add_null(GwInferNode *node)
{
	node->nulls++;
}

void
gw_infer_add_bool(GwInferNode *node)
{
	node->bools++;
}

static void
infer_digits(GwInferNode *node, const GwTextFacts *facts)
{
	node->whole = Max(node->whole, facts->whole);
	node->scale = Max(node->scale, facts->scale);
	node->int64_fits &= facts->int64_fits;
	node->exponent |= facts->exponent;
	node->inexact |= facts->inexact;
	node->special |= facts->special;
}

void
gw_infer_add_number(GwInferNode *node, const char *token, int len)
{
	GwTextFacts facts;

	memset(&facts, 0, sizeof(facts));
	if (gw_infer_number(token, len, &facts))
		infer_digits(node, &facts);
	else
		node->beyond = true;
	node->numbers++;
}

/* Remember the first value that was not what most are. */
static void
infer_misfits(GwInferNode *node, const char *text, int len, int64 row, uint32 fits)
{
	char *copy = NULL;

	for (int i = 0; i < GW_NFITS; i++)
	{
		if (fits & (1u << i))
		{
			node->hits[i]++;
			continue;
		}
		if (node->misfit_row[i] != 0)
			continue;
		if (copy == NULL)
			copy = pnstrdup(text, pg_mbcliplen(text, len, 40));
		node->misfit_row[i] = row;
		node->misfit[i] = copy;
	}
}

void
gw_infer_add_text(GwInferNode *node, const char *text, int len, int64 row, bool as_csv)
{
	MemoryContext old = MemoryContextSwitchTo(node->context);
	GwTextFacts facts;
	int ignored;

	gw_infer_text(text, len, node->options, &facts);
	if (!as_csv)
	{
		facts.fits &= ~(GW_FITS_BOOL | GW_FITS_NUMBER | GW_FITS_JSON);
		if (node->options->plain_strings)
			facts.fits = 0;
	}
	for (int i = 0; node->common != 0 && gw_infer_common_formats[i] != NULL; i++)
		if ((node->common & (1u << i)) != 0 &&
			!gw_infer_matches(text, len, gw_infer_common_formats[i], &ignored))
			node->common &= ~(1u << i);
	infer_misfits(node, text, len, row, facts.fits);
	node->fits &= facts.fits;
	node->formats &= facts.formats;
	node->fraction = Max(node->fraction, facts.fraction);
	if (facts.fits & GW_FITS_NUMBER)
		infer_digits(node, &facts);
	node->length = Max(node->length, pg_mbstrlen_with_len(text, len));
	node->texts++;
	MemoryContextSwitchTo(old);
}

void
gw_infer_add_object(GwInferNode *node)
{
	node->objects++;
}

void
gw_infer_add_array(GwInferNode *node)
{
	node->arrays++;
}

int64
gw_infer_objects(const GwInferNode *node)
{
	return node->objects;
}

bool
gw_infer_field_again(GwInferNode *field, int64 object)
{
	bool again = field->last_object == object;

	field->last_object = object;
	field->present += !again;
	return again;
}

/* ---------- parts ---------- */

GwInferNode *
gw_infer_element(GwInferNode *node)
{
	if (node->depth >= GW_INFER_MAX_DEPTH)
	{
		node->too_deep = true;
		return NULL;
	}
	if (node->element == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(node->context);

		node->element = gw_infer_node(node->options, node->depth + 1);
		MemoryContextSwitchTo(old);
	}
	return node->element;
}

/* The place of a key in the table: where it is, or where it would go. */
static int
infer_slot(const GwInferNode *node, const char *key, int len)
{
	int at = hash_bytes((const unsigned char *) key, len) & (node->nslots - 1);

	while (node->slots[at] != 0)
	{
		const GwInferField *field = node->fields[node->slots[at] - 1];

		if (field->len == len && memcmp(field->name, key, len) == 0)
			break;
		at = (at + 1) & (node->nslots - 1);
	}
	return at;
}

static void
infer_grow(GwInferNode *node)
{
	if (node->nslots > 0)
		pfree(node->slots);
	node->nslots = node->nslots ? node->nslots * 2 : 16;
	node->slots = palloc0(node->nslots * sizeof(int));
	if (node->fields == NULL)
		node->fields = palloc(node->nslots / 2 * sizeof(GwInferField *));
	else
		node->fields = repalloc(node->fields, node->nslots / 2 * sizeof(GwInferField *));
	for (int i = 0; i < node->nfields; i++)
		node->slots[infer_slot(node, node->fields[i]->name, node->fields[i]->len)] = i + 1;
}

GwInferNode *
gw_infer_field(GwInferNode *node, const char *key, int len)
{
	MemoryContext old;
	GwInferField *field;
	int at;

	if (node->depth >= GW_INFER_MAX_DEPTH)
	{
		node->too_deep = true;
		return NULL;
	}
	if (node->nslots > 0)
	{
		at = infer_slot(node, key, len);
		if (node->slots[at] != 0)
			return node->fields[node->slots[at] - 1]->node;
	}
	old = MemoryContextSwitchTo(node->context);
	if ((node->nfields + 1) * 2 > node->nslots)
		infer_grow(node);
	field = palloc(sizeof(GwInferField));
	field->name = pnstrdup(key, len);
	field->len = len;
	field->node = gw_infer_node(node->options, node->depth + 1);
	node->fields[node->nfields++] = field;
	node->slots[infer_slot(node, key, len)] = node->nfields;
	MemoryContextSwitchTo(old);
	return field->node;
}

/* ---------- joining ---------- */

void
gw_infer_merge(GwInferNode *dst, GwInferNode *src)
{
	check_stack_depth();
	dst->nulls += src->nulls;
	dst->present += src->present;
	dst->bools += src->bools;
	dst->numbers += src->numbers;
	dst->texts += src->texts;
	dst->objects += src->objects;
	dst->arrays += src->arrays;
	dst->whole = Max(dst->whole, src->whole);
	dst->scale = Max(dst->scale, src->scale);
	dst->int64_fits &= src->int64_fits;
	dst->exponent |= src->exponent;
	dst->inexact |= src->inexact;
	dst->special |= src->special;
	dst->beyond |= src->beyond;
	dst->too_deep |= src->too_deep;
	dst->fits &= src->fits;
	dst->formats &= src->formats;
	dst->common &= src->common;
	dst->fraction = Max(dst->fraction, src->fraction);
	dst->length = Max(dst->length, src->length);
	for (int i = 0; i < GW_NFITS; i++)
	{
		dst->hits[i] += src->hits[i];
		if (dst->misfit_row[i] == 0)
		{
			dst->misfit_row[i] = src->misfit_row[i];
			dst->misfit[i] = src->misfit[i];
		}
	}
	if (src->element != NULL)
		gw_infer_merge(gw_infer_element(dst), src->element);
	for (int i = 0; i < src->nfields; i++)
		gw_infer_merge(gw_infer_field(dst, src->fields[i]->name, src->fields[i]->len),
					   src->fields[i]->node);
}
