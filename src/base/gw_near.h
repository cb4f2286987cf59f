/*
 * gw_near.h
 *	  Which of many names was meant by one that is none of them.
 *
 * For hints: begin with what was written, offer every name there is, and take
 * the one that fewest edits lead to.
 */
#ifndef GW_NEAR_H
#define GW_NEAR_H

typedef struct GwNear
{
	const char *wanted; /* as written; the caller's, and outlives this */
	int wanted_len;
	int best; /* edits to the nearest so far, or one more than are allowed */
} GwNear;

/* Begin with what was written; names more than most edits away are not near. */
extern void gw_near_begin(GwNear *near, const char *wanted, int most);

/*
 * Is this name (of len bytes) nearer than all before it?  Then the caller
 * keeps whatever it stands for.  A name that differs by ASCII case only is as
 * near as can be.  Scratch memory is of the current context.
 */
extern bool gw_near_offer(GwNear *near, const char *name, int len);

#endif /* GW_NEAR_H */
