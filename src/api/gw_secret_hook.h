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

#endif /* GW_SECRET_HOOK_H */
