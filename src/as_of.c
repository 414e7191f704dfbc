/*
 * as_of.c
 *		The date a question is asked for: setting ar.as_of, else today.
 *
 * Views call it for every row, so the setting is parsed once.  What it may
 * hold is checked when it is used, not when it is set: a setting made before
 * the library was loaded would otherwise be dropped with a mere warning, and
 * a report would silently be today's.
 */
#include "postgres.h"

#include "as_of.h"
#include "compat.h"
#include "parse.h"
#include "utils/date.h"
#include "utils/guc.h"

static char *as_of_setting = NULL;
static DateADT as_of_date;
static bool as_of_parsed = false;

static void
assign_as_of(const char *newval, void *extra)
{
	(void) newval;
	(void) extra;
	as_of_parsed = false;
}

void
as_of_define_setting(void)
{
	DefineCustomStringVariable("ar.as_of",
							   "The date that ar's views and reports answer for.",
							   "A date as YYYY-MM-DD; empty for today.",
							   &as_of_setting, "",
							   PGC_USERSET, 0,
							   NULL, assign_as_of, NULL);
}

PG_FUNCTION_INFO_V1(ar_as_of);
Datum
ar_as_of(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	if (as_of_setting == NULL || *as_of_setting == '\0')
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
