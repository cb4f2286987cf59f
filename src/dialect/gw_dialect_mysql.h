/*
 * gw_dialect_mysql.h
 *	  Between the files of the mysql dialect, and its platform.
 */
#ifndef GW_DIALECT_MYSQL_H
#define GW_DIALECT_MYSQL_H

#include "dialect/gw_dialect.h"

/*
 * What sorting looks at of a value, pinned as max_sort_length; what is longer
 * than the guard of the sort keys allows is an error.
 */
#define GW_MYSQL_SORT_BYTES "65536"

/*
 * A value that has no equal here and decides something is an error there: that of EXP,
 * whose text holds one of these.
 */
#define GW_MYSQL_NO_DAY "22008"
#define GW_MYSQL_NO_TRUTH "22023"

/* gw_dialect_mysql_rules.c */
extern const GwFuncRule gw_dialect_mysql_rules[];

#endif /* GW_DIALECT_MYSQL_H */
