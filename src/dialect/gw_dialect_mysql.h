/*
 * gw_dialect_mysql.h
 *	  Between the files of the mysql dialect only.
 */
#ifndef GW_DIALECT_MYSQL_H
#define GW_DIALECT_MYSQL_H

#include "dialect/gw_dialect.h"

/*
 * What sorting looks at of a value, pinned as max_sort_length; what is longer
 * than the guard of the sort keys allows is an error.
 */
#define GW_MYSQL_SORT_BYTES "65536"

/* gw_dialect_mysql_rules.c */
extern const GwFuncRule gw_dialect_mysql_rules[];

#endif /* GW_DIALECT_MYSQL_H */
