/*
 * gw_collation.h
 *	  Does a remote collation treat strings as a local one does?
 */
#ifndef GW_COLLATION_H
#define GW_COLLATION_H

#include "dialect/gw_dialect.h"

typedef enum GwCollationAnswer
{
	GW_COLLATION_DIFFERS = 0, /* or not known to agree */
	GW_COLLATION_FORCE_C,	  /* the same once an operand says COLLATE "C" */
	GW_COLLATION_AGREES,
} GwCollationAnswer;

/*
 * Compare what is known of both sides for one need.  remote NULL: nothing is
 * known.  can_force: the remote has a COLLATE "C" that compares bytes.
 */
extern GwCollationAnswer gw_collation_compare(const GwCollationFacts *local,
											  const GwCollationFacts *remote,
											  GwCollationNeed need, bool can_force);

/*
 * The facts of a collation of this database (DEFAULT_COLLATION_OID: the
 * database's own), in CurrentMemoryContext.  false: nothing reliable is known.
 */
extern bool gw_collation_local_facts(Oid collation, GwCollationFacts *facts);

#endif /* GW_COLLATION_H */
