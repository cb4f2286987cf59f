/*
 * gw_unit.h
 *	  Checks for the unit tests.
 *
 * GW_UNIT(topic) { ... } makes the SQL-callable function gw_unit_<topic>,
 * which test/run calls by itself.  Each check gives one line of the result:
 * "ok ..." or "not ok ..." with the place and both values.
 */
#ifndef GW_UNIT_H
#define GW_UNIT_H

#include "postgres.h"

#include "base/gw_compat.h"
#include "fmgr.h"

extern void gw_unit_check(bool passed, const char *what, const char *file, int line);
extern void gw_unit_check_str(const char *got, const char *wanted, const char *what,
							  const char *file, int line);
extern void gw_unit_check_int(int64 got, int64 wanted, const char *what, const char *file,
							  int line);
/* Runs body and collects its checks into the function's result set. */
extern Datum gw_unit_collect(FunctionCallInfo fcinfo, void (*body)(void));
/* Does body(arg) raise this SQLSTATE?  What it did instead is in the check's line. */
extern void gw_unit_check_raises(void (*body)(void *arg), void *arg, const char *sqlstate,
								 const char *what, const char *file, int line);

#define GW_UNIT(topic)                                                                         \
	static void unit_##topic(void);                                                            \
	PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_unit_##topic);                                          \
	Datum gw_unit_##topic(PG_FUNCTION_ARGS)                                                    \
	{                                                                                          \
		return gw_unit_collect(fcinfo, unit_##topic);                                          \
	}                                                                                          \
	static void unit_##topic(void)

#define CHECK(cond) gw_unit_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_STR(got, wanted) gw_unit_check_str((got), (wanted), #got, __FILE__, __LINE__)
#define CHECK_INT(got, wanted) gw_unit_check_int((got), (wanted), #got, __FILE__, __LINE__)
#define CHECK_RAISES(body, arg, sqlstate)                                                      \
	gw_unit_check_raises((body), (arg), (sqlstate), #body, __FILE__, __LINE__)

#endif /* GW_UNIT_H */
