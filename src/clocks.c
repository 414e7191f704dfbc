/*
 * clocks.c
 *		The two clocks of a question: setting ar.as_of, the date it is asked
 *		for, else today; setting ar.known_at, up to when what was entered
 *		counts, else all of it.
 *
 * Views call them for every row, so a setting is parsed once.  One that is
 * invalid is refused when it is used, not when it is set: a setting made
 * before the library was loaded would otherwise be dropped with a mere
 * warning, and a report would silently be today's.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "clocks.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "parse.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"

typedef enum KnownAtState
{
	KNOWN_AT_UNSET,
	KNOWN_AT_VALID,
	KNOWN_AT_INVALID
} KnownAtState;

static char *as_of_setting = NULL;
static DateADT as_of_date;
static bool as_of_parsed = false;

static char *known_at_setting = NULL;
static KnownAtState known_at_state = KNOWN_AT_UNSET;
static TimestampTz known_at_time = 0;

static bool
is_set(const char *setting)
{
	return setting != NULL && *setting != '\0';
}

static void
assign_as_of(const char *newval, void *extra)
{
	(void) newval;
	(void) extra;
	as_of_parsed = false;
}

/*
 * Plans hold the value, see ar_known_at_support.  The old one is not taken
 * from known_at_setting, which a starting parallel worker has freed by now.
 */
static void
assign_known_at(const char *newval, void *extra)
{
	KnownAtState state = KNOWN_AT_UNSET;
	TimestampTz moment = 0;

	(void) extra;
	if (is_set(newval))
		state = parse_timestamptz(newval, &moment) ? KNOWN_AT_VALID : KNOWN_AT_INVALID;
	if (state != known_at_state || moment != known_at_time)
		ResetPlanCache();
	known_at_state = state;
	known_at_time = moment;
}

void
clocks_define_settings(void)
{
	DefineCustomStringVariable("ar.as_of",
							   "The date that ar's views and reports answer for.",
							   "A date as YYYY-MM-DD; empty for today.",
							   &as_of_setting, "",
							   PGC_USERSET, 0,
							   NULL, assign_as_of, NULL);
	DefineCustomStringVariable("ar.known_at",
							   "The moment up to which entries count in ar's views and reports.",
							   "A time as YYYY-MM-DD HH:MM:SS with its offset from UTC; empty for all entries.",
							   &known_at_setting, "",
							   PGC_USERSET, 0,
							   NULL, assign_known_at, NULL);
}

PG_FUNCTION_INFO_V1(ar_as_of);
Datum
ar_as_of(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	if (!is_set(as_of_setting))
		PG_RETURN_DATEADT(GetSQLCurrentDate());
	if (!as_of_parsed)
	{
		if (!parse_date(as_of_setting, strlen(as_of_setting), &as_of_date))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
					 errmsg("invalid value for setting ar.as_of: \"%s\"",
							as_of_setting),
					 errhint("Use a date of the form YYYY-MM-DD, or RESET ar.as_of for today.")));
		as_of_parsed = true;
	}
	PG_RETURN_DATEADT(as_of_date);
}

PG_FUNCTION_INFO_V1(ar_known_at);
Datum
ar_known_at(PG_FUNCTION_ARGS)
{
	if (known_at_state == KNOWN_AT_UNSET)
		PG_RETURN_NULL();
	if (known_at_state == KNOWN_AT_INVALID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("invalid value for setting ar.known_at: \"%s\"",
						known_at_setting),
				 errhint("Use a time with its offset from UTC, such as 2026-04-01 09:00:00+02 or 2026-04-01T07:00:00Z, or RESET ar.known_at for all that is known.")));
	PG_RETURN_TIMESTAMPTZ(known_at_time);
}

/*
 * Planner support of ar.known_at(): its value, which is null unless it is set,
 * so that the planner drops what tests it and finds the index of open items.
 * Nor do the rows of one query, as a cursor gets them, mix two moments.
 *
 * Where the setting is no time, the call stays and raises the error.  An
 * expression planned on its own (root is null) may be kept where
 * ResetPlanCache does not reach, as the checks of a domain are.
 */
PG_FUNCTION_INFO_V1(ar_known_at_support);
Datum
ar_known_at_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestSimplify) ||
		((SupportRequestSimplify *) request)->root == NULL ||
		known_at_state == KNOWN_AT_INVALID)
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(makeConst(TIMESTAMPTZOID, -1, InvalidOid,
								sizeof(TimestampTz),
								TimestampTzGetDatum(known_at_time),
								known_at_state == KNOWN_AT_UNSET,
								FLOAT8PASSBYVAL));
}
