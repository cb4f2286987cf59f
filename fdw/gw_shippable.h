/*
 * gw_shippable.h
 *	  Between the walk over an expression and its collations.
 */
#ifndef GW_SHIPPABLE_H
#define GW_SHIPPABLE_H

#include "fdw/gw_deparse.h"

/* The collation the remote derives for an expression. */
typedef enum GwShipCollation
{
	SHIP_NONE = 0, /* not of a collatable type */
	SHIP_DEFAULT,  /* the remote database's */
	SHIP_COLUMN,   /* a column's own */
	SHIP_C,		   /* our explicit COLLATE "C" */
	SHIP_CONFLICT, /* two columns' own */
} GwShipCollation;

typedef struct GwShipState
{
	GwShipCollation kind;
	bool from_column; /* computed from remote values, not only from ours */
	bool text_from_column; /* of a node's inputs: some string among them is */
	const char *column; /* whose collation it is, for the reason */
	const char *name;	/* SHIP_COLUMN: the collation's remote name */
	bool known;			/* facts are set */
	GwCollationFacts facts;
} GwShipState;

typedef struct GwShipContext
{
	GwScope *scope;
	GwRelation *grel; /* any of its relations: for what the server is */
	bool postgres;	  /* the dialect is PostgreSQL's */
	bool condition;	  /* the node that comes next stands where a condition is wanted */
	List *force_c; /* nodes that need COLLATE "C" on an operand */
	List *subselects; /* GwQuery of the ANY and ALL around */
	List *cases;   /* GwShipState of the arguments of the CASEs around */
	char *reason;  /* the first that was found */
	Node *guarded; /* a parameter that may have any value where it stands */
} GwShipContext;

/* ---- gw_fdw_shippable.c ---- */

/* Keep the first reason; always "no". */
extern bool gw_ship_refuse(GwShipContext *cxt, char *reason);

/* The verdict on one node, and the collation of its result. */
extern GwVerdict gw_ship_node(GwShipContext *cxt, Node *node, GwShipState *state);

/* Why a node of this kind has no remote form. */
extern const char *gw_ship_node_name(Node *node);

/* All of them exact, merging their collations. */
extern bool gw_ship_list(GwShipContext *cxt, List *nodes, GwShipState *inputs);

/*
 * Do the parts of a CASE let pass?  CASE x WHEN y is a comparison of x and y:
 * CaseTestExpr stands for x.  Merges what its results are made of into *inputs.
 */
extern bool gw_ship_case(GwShipContext *cxt, CaseExpr *expr, GwShipState *inputs);

/* The walks behind gw_ship_sort() and gw_ship_equal(). */
extern bool gw_ship_sort_key(GwShipContext *cxt, Expr *expr, Oid sort_operator,
							 bool *wrapped);
extern bool gw_ship_equal_key(GwShipContext *cxt, Expr *expr, Oid equality, bool *wrapped);

/* A sub-select's column has the collation its expression has in there. */
extern bool gw_ship_query_column(GwShipContext *cxt, const GwQuery *query, AttrNumber attno,
								 GwShipState *state);

/* ---- gw_fdw_shippable_number.c ---- */

/* Are none of these, where they are exact numbers, rounded to one type (meeting_digits)? */
extern bool gw_ship_numbers_meet(GwShipContext *cxt, List *nodes);

/* Do both arms' exact numbers in the n-th column of a set operation stay as they are? */
extern bool gw_ship_set_keeps_scale(const GwDialect *dialect, const GwQuery *query, int n);

/* ---- gw_fdw_shippable_sublink.c ---- */

extern bool gw_ship_sublink(GwShipContext *cxt, SubLink *link, GwShipState *state);

/* A Param that stands for a column of the sub-select around it. */
extern bool gw_ship_sublink_column(GwShipContext *cxt, Param *param, GwShipState *state);

/* ---- gw_fdw_shippable_agg.c ---- */

extern bool gw_ship_aggref(GwShipContext *cxt, Aggref *agg, GwShipState *state);
extern bool gw_ship_window_func(GwShipContext *cxt, WindowFunc *func, GwShipState *state);

/* ---- gw_fdw_shippable_collation.c ---- */

/* The remote database's own collation, as its columns tell. */
extern void gw_ship_default_collation(GwShipContext *cxt, GwShipState *state);

/* The state of an expression of that type with no inputs. */
extern void gw_ship_start(GwShipState *state, Oid type);

/* Add one input to the inputs seen so far. */
extern void gw_ship_merge(GwShipState *into, const GwShipState *input);

/* The state of a node's result, given that of its inputs. */
extern void gw_ship_result(GwShipState *state, const GwShipState *inputs, Oid type);

/*
 * Does the remote treat the strings of this node, whose local collation is
 * given, as we do?  May force COLLATE "C" on an operand, which the inputs'
 * state then says; node (may be NULL) is noted in cxt->force_c.
 */
extern bool gw_ship_collation(GwShipContext *cxt, void *node, Oid collation,
							  GwCollationNeed need, GwShipState *inputs);

#endif /* GW_SHIPPABLE_H */
