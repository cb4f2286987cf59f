/*
 * gw_guc.h
 *	  The settings of the module (prefix warehouse_gw.) and how to read them.
 */
#ifndef GW_GUC_H
#define GW_GUC_H

/* Define them all; called once, from _PG_init. */
extern void gw_guc_define(void);

/* warehouse_gw.enable_pushdown: off evaluates every clause locally. */
extern bool gw_guc_enable_pushdown(void);

/* warehouse_gw.enable_whole_query: off sends only parts of a query. */
extern bool gw_guc_enable_whole_query(void);

/* warehouse_gw.secret_dir: where 'file:' references look; "" when unset. */
extern const char *gw_guc_secret_dir(void);

/* warehouse_gw.env_allow: name patterns for 'env:' references, comma-separated. */
extern const char *gw_guc_env_allow(void);

/*
 * warehouse_gw.grantable_secrets: who besides superusers may name which
 * reference: 'role=ref[,ref...][;role=...]'.
 */
extern const char *gw_guc_grantable_secrets(void);

/* warehouse_gw.allowed_hosts: host patterns, comma-separated. */
extern const char *gw_guc_allowed_hosts(void);

/*
 * Does text match one of the comma- or blank-separated patterns?  A pattern
 * is a text in which '*' stands for any characters, also none.  fold_case
 * compares ASCII letters without case.
 */
extern bool gw_pattern_list_match(const char *patterns, const char *text, bool fold_case);

#endif /* GW_GUC_H */
