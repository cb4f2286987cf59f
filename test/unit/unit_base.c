/*
 * unit_base.c
 *	  Errors as values, deadlines, guards, patterns and near names.
 */
#include "postgres.h"

#include "base/gw_error.h"
#include "base/gw_guard.h"
#include "base/gw_guc.h"
#include "base/gw_json.h"
#include "base/gw_near.h"
#include "base/gw_secret.h"
#include "base/gw_wait.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "gw_unit.h"

GW_UNIT(error_values)
{
	GwError err;

	gw_error_clear(&err);
	CHECK_INT(err.cls, GW_ERR_NONE);
	CHECK_INT(gw_error_set(&err, GW_ERR_AUTH, ERRCODE_INVALID_PASSWORD, "no %s for %d", "way", 7),
			  GW_FAILED);
	CHECK_STR(err.message, "no way for 7");
	CHECK_INT(err.sqlstate, ERRCODE_INVALID_PASSWORD);
	gw_error_hint(&err, "use %s", "another");
	CHECK_STR(err.hint, "use another");
	gw_error_set(&err, GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR, "again");
	CHECK_STR(err.hint, "");
}

/* A message that does not fit behind its prefix is cut at a character. */
GW_UNIT(error_prefix)
{
	GwError err;
	int shift;

	gw_error_set(&err, GW_ERR_AUTH, ERRCODE_INVALID_PASSWORD, "refused");
	gw_error_hint(&err, "ask");
	gw_error_prefix(&err, "server \"%s\": ", "wh");
	CHECK_STR(err.message, "server \"wh\": refused");
	CHECK_STR(err.hint, "ask");
	for (shift = 0; shift < 3; shift++)
	{
		char text[1024];
		int len = shift;

		memset(text, 'x', shift);
		for (; len + 3 < (int) sizeof(text); len += 3)
			memcpy(text + len, "\xe2\x82\xac", 3);
		text[len] = '\0';
		gw_error_set(&err, GW_ERR_AUTH, ERRCODE_INVALID_PASSWORD, "%s", text);
		gw_error_prefix(&err, "%s: ", "wh");
		CHECK(strlen(err.message) < sizeof(err.message));
		CHECK_STR(err.message + strlen(err.message) - 3, "...");
		CHECK(pg_verifymbstr(err.message, strlen(err.message), true));
	}
}

GW_UNIT(error_remote_text)
{
	char text[64];
	char small[12];

	gw_error_remote_text(text, sizeof(text), "line\nwith\tcontrol\x01 text\n");
	CHECK_STR(text, "line with control  text");
	gw_error_remote_text(text, sizeof(text), "bad \xff byte");
	CHECK_STR(text, "bad ? byte");
	gw_error_remote_text(text, sizeof(text), NULL);
	CHECK_STR(text, "");
	gw_error_remote_text(small, sizeof(small), "abcdefghijklmnop");
	CHECK_STR(small, "abcdefgh...");
	/* A character of several bytes is kept whole or dropped whole. */
	gw_error_remote_text(small, sizeof(small), "abcdefg\xc3\xa4\xc3\xa4\xc3\xa4");
	CHECK_STR(small, "abcdefg...");
	gw_secret_register("s3cret-value");
	gw_error_remote_text(text, sizeof(text), "login with s3cret-value failed");
	CHECK_STR(text, "login with ******** failed");
}

GW_UNIT(error_classes)
{
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('0', '8', '0', '0', '6')),
			  GW_ERR_TRANSIENT);
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('2', '8', 'P', '0', '1')), GW_ERR_AUTH);
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('4', '0', '0', '0', '1')),
			  GW_ERR_CONFLICT);
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('5', '7', '0', '1', '4')),
			  GW_ERR_CANCELLED);
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('4', '2', 'P', '0', '1')),
			  GW_ERR_NOT_FOUND);
	CHECK_INT(gw_error_class_of_sqlstate(MAKE_SQLSTATE('4', '2', '6', '0', '1')),
			  GW_ERR_INVALID);
	CHECK_STR(gw_error_class_name(GW_ERR_THROTTLED), "throttled");
}

GW_UNIT(deadlines)
{
	GwDeadline never = gw_deadline_never();
	GwDeadline past = gw_deadline_in_ms(0);
	GwDeadline soon = gw_deadline_in_ms(5000);

	CHECK(!gw_deadline_passed(never));
	CHECK(gw_deadline_passed(past));
	CHECK_INT(gw_deadline_left_ms(past), 0);
	CHECK(gw_deadline_left_ms(soon) > 4000 && gw_deadline_left_ms(soon) <= 5000);
	CHECK_INT(gw_deadline_sooner(never, soon).at_us, soon.at_us);
	CHECK_INT(gw_deadline_sooner(past, soon).at_us, past.at_us);
	/* A time too long to add to the clock is no deadline, not one in the past. */
	CHECK(!gw_deadline_passed(gw_deadline_in_ms(PG_INT64_MAX)));
	CHECK(gw_deadline_left_ms(gw_deadline_in_ms(PG_INT64_MAX)) > 0);
	CHECK_INT(gw_wait(PGINVALID_SOCKET, 0, gw_deadline_in_ms(20), GW_WAIT_NORMAL),
			  GW_TIMED_OUT);
}

static int releases;

static void
unit_release(void *handle)
{
	releases += *(int *) handle;
}

GW_UNIT(guards)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "unit guard",
											  ALLOCSET_SMALL_SIZES);
	GwGuard *guard = gw_guard_create(cxt, unit_release);
	static int one = 1;

	releases = 0;
	CHECK(gw_guard_get(guard) == NULL);
	gw_guard_put(guard, &one);
	CHECK(gw_guard_get(guard) == &one);
	gw_guard_release(guard);
	gw_guard_release(guard);
	CHECK_INT(releases, 1);
	gw_guard_put(guard, &one);
	CHECK(gw_guard_take(guard) == &one);
	CHECK(gw_guard_get(guard) == NULL);
	gw_guard_put(guard, &one);
	MemoryContextDelete(cxt);
	CHECK_INT(releases, 2);
}

GW_UNIT(patterns)
{
	CHECK(gw_pattern_list_match("a,b*", "bcd", false));
	CHECK(gw_pattern_list_match("*.example.com", "db.example.com", false));
	CHECK(!gw_pattern_list_match("*.example.com", "example.com", false));
	CHECK(!gw_pattern_list_match("*.example.com", "db.example.com.evil", false));
	CHECK(gw_pattern_list_match("DB.example.com", "db.EXAMPLE.com", true));
	CHECK(!gw_pattern_list_match("DB", "db", false));
	CHECK(!gw_pattern_list_match("", "x", false));
	CHECK(gw_pattern_list_match("a*b*c", "aXbYc", false));
	CHECK(!gw_pattern_list_match("a*b*c", "aXcYb", false));
}

/* The last name of the list that was the nearest when it came, or "none". */
static const char *
unit_nearest(const char *wanted, int most, const char *const *names)
{
	const char *best = "none";
	GwNear near;

	gw_near_begin(&near, wanted, most);
	for (; *names != NULL; names++)
		if (gw_near_offer(&near, *names, (int) strlen(*names)))
			best = *names;
	return best;
}

GW_UNIT(near_names)
{
	static const char *const names[] = {"port", "host", "hosts", "ghost", "fetch_size", NULL};
	static const char *const same[] = {"Order", "ORDERS", "orders_old", NULL};
	char *longer = palloc(301);
	const char *const longs[] = {longer, NULL};

	CHECK_STR(unit_nearest("hst", 2, names), "host");
	CHECK_STR(unit_nearest("hosts", 2, names), "hosts");
	CHECK_STR(unit_nearest("fetchsize", 1, names), "fetch_size");
	CHECK_STR(unit_nearest("fetchsiz", 1, names), "none");
	CHECK_STR(unit_nearest("", 0, names), "none");
	CHECK_STR(unit_nearest("h\xc3\xb6st", 1, names), "host");
	/* Case alone is no distance. */
	CHECK_STR(unit_nearest("orders", 3, same), "ORDERS");
	/* Too long to compare. */
	memset(longer, 'x', 300);
	longer[300] = '\0';
	CHECK_STR(unit_nearest(longer, 400, longs), "none");
}

GW_UNIT(json_number)
{
	static const char text[] =
		"{\"n\": 12, \"t\": \"-5000000000\", \"e\": \"\", \"z\": null, \"b\": true, \"f\": 2.5}";
	GwError err;
	const JsonbValue *object = gw_json_parse(text, strlen(text), &err);

	CHECK_INT(gw_json_get_number(object, "n", -1), 12);
	CHECK_INT(gw_json_get_number(object, "t", -1), INT64CONST(-5000000000));
	CHECK_INT(gw_json_get_number(object, "e", -1), -1);
	CHECK_INT(gw_json_get_number(object, "z", -1), -1);
	CHECK_INT(gw_json_get_number(object, "b", -1), -1);
	CHECK_INT(gw_json_get_number(object, "f", -1), -1);
	CHECK_INT(gw_json_get_number(object, "none", 7), 7);
	CHECK_INT(gw_json_get_number(NULL, "n", 7), 7);
}
