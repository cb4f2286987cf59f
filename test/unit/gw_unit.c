/*
 * gw_unit.c
 *	  Collects the checks of one unit test into rows of text.
 *
 * Knows nothing of what is tested.  The result lives in the calling query.
 */
#include "postgres.h"

#include "gw_unit.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "access/xact.h"

/* The result set of the test that runs; set by gw_unit_collect(). */
static ReturnSetInfo *unit_result;

static void
unit_row(bool passed, const char *file, int line, const char *text)
{
	Datum values[1];
	bool nulls[1] = {false};

	values[0] = CStringGetTextDatum(
		psprintf("%s %s:%d %s", passed ? "ok" : "not ok", file, line, text));
	tuplestore_putvalues(unit_result->setResult, unit_result->setDesc, values, nulls);
}

Datum
gw_unit_collect(FunctionCallInfo fcinfo, void (*body)(void))
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	unit_result = (ReturnSetInfo *) fcinfo->resultinfo;
	body();
	return (Datum) 0;
}

void
gw_unit_check(bool passed, const char *what, const char *file, int line)
{
	unit_row(passed, file, line, what);
}

void
gw_unit_check_str(const char *got, const char *wanted, const char *what, const char *file,
				  int line)
{
	bool equal = got && wanted ? strcmp(got, wanted) == 0 : got == wanted;

	if (equal)
		unit_row(true, file, line, what);
	else
		unit_row(false, file, line,
				 psprintf("%s: got \"%s\", wanted \"%s\"", what, got ? got : "(null)",
						  wanted ? wanted : "(null)"));
}

void
gw_unit_check_int(int64 got, int64 wanted, const char *what, const char *file, int line)
{
	if (got == wanted)
		unit_row(true, file, line, what);
	else
		unit_row(false, file, line,
				 psprintf("%s: got " INT64_FORMAT ", wanted " INT64_FORMAT, what, got, wanted));
}

void
gw_unit_check_raises(void (*body)(void *arg), void *arg, const char *sqlstate,
					 const char *what, const char *file, int line)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char *volatile got = "nothing";

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		body(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		got = pstrdup(unpack_sql_state(CopyErrorData()->sqlerrcode));
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;

	unit_row(strcmp(got, sqlstate) == 0, file, line,
			 psprintf("%s raises %s, wanted %s", what, got, sqlstate));
}
