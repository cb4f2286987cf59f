/*
 * gw_secret_hook.h
 *	  Keeps passwords typed into user mappings out of statement texts.
 */
#ifndef GW_SECRET_HOOK_H
#define GW_SECRET_HOOK_H

/*
 * Chain into ProcessUtility_hook.  Called once, from _PG_init; looks at
 * nothing but the hook variable, and cannot fail.
 */
extern void gw_secret_hook_install(void);

/*
 * Until the client's statement ends, mask registered secrets in what is logged
 * or sent as an error, as after a statement on a user mapping.
 */
extern void gw_secret_hook_watch(void);

#endif /* GW_SECRET_HOOK_H */
