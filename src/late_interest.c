/*
 * late_interest.c
 *		Interest on what is paid late, stretch by stretch.
 *
 * A stretch ends where the balance or the rate changes.  The first day that
 * bears interest is the one after the due date, the last the day of payment;
 * a rate counts from its day on, so that the stretch before it ends the day
 * before.
 */
#include "postgres.h"

#include "amounts.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

typedef enum DayCount
{
	ACT_365,
	ACT_360,
	ACT_ACT,
	THIRTY_E_360,
	DAILY						/* the rate is for a day */
} DayCount;

static const char *const day_counts[] = {"act/365", "act/360", "act/act", "30e/360", "daily"};

/* What is so much from a day on: a change of the balance, or a rate. */
typedef struct Dated
{
	DateADT		day;
	Numeric		value;
} Dated;

static inline Numeric
calculate(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

static DateADT
finite_date(DateADT date, const char *name)
{
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be infinite", name)));
	return date;
}

static Numeric
finite_number(Numeric number, const char *name)
{
	if (numeric_is_nan(number) || numeric_is_inf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be NaN or infinite", name)));
	return number;
}

static int
by_day(const void *a, const void *b)
{
	DateADT		one = ((const Dated *) a)->day;
	DateADT		other = ((const Dated *) b)->day;

	return (one > other) - (one < other);
}

/* Two lists as one, in the order of the days; those of one day stay in theirs. */
static Dated *
read_dated(ArrayType *days, ArrayType *values, const char *name, int *n)
{
	Datum	   *day;
	Datum	   *value;
	int			ndays;
	int			nvalues;
	Dated	   *result;
	bool		in_order = true;

	list_must_be_flat(days, name);
	list_must_be_flat(values, name);
	list_must_have_no_nulls(days, name);
	list_must_have_no_nulls(values, name);
	deconstruct_array(days, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &day, NULL, &ndays);
	deconstruct_array(values, NUMERICOID, -1, false, TYPALIGN_INT, &value, NULL, &nvalues);
	if (ndays != nvalues)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s need as many days as values", name),
				 errdetail("There are %d days and %d values.", ndays, nvalues)));
	result = palloc(Max(ndays, 1) * sizeof(Dated));
	for (int i = 0; i < ndays; i++)
	{
		result[i].day = finite_date(DatumGetDateADT(day[i]), name);
		result[i].value = finite_number(DatumGetNumeric(value[i]), name);
		in_order = in_order && (i == 0 || result[i - 1].day <= result[i].day);
	}
	/* Sums do not depend on the order within a day, and rates have one a day. */
	if (!in_order)
		qsort(result, ndays, sizeof(Dated), by_day);
	*n = ndays;
	return result;
}

static DayCount
read_day_count(text *argument)
{
	char	   *name = text_to_cstring(argument);

	for (int i = 0; i < (int) lengthof(day_counts); i++)
		if (strcmp(name, day_counts[i]) == 0)
			return (DayCount) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no day count \"%s\"", name),
			 errhint("Day counts are act/365, act/360, act/act, 30e/360 and daily, for a rate for each day.")));
	return ACT_365;				/* not reached */
}

static int
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Interest of one unit at 1 % a year from one day to another. */
static Numeric
year_fraction(DateADT from, DateADT to, DayCount day_count)
{
	int			y1,
				m1,
				d1,
				y2,
				m2,
				d2;
	int64		days = (int64) to - from;

	switch (day_count)
	{
		case DAILY:
			return int64_to_numeric(days);
		case ACT_365:
			return calculate(numeric_div, int64_to_numeric(days), int64_to_numeric(365));
		case ACT_360:
			return calculate(numeric_div, int64_to_numeric(days), int64_to_numeric(360));
		case ACT_ACT:
			{
				int64		leap = 0;
				DateADT		day = from;

				/* ISDA: days in leap years over 366, the others over 365. */
				while (day < to)
				{
					DateADT		next;

					j2date(day + POSTGRES_EPOCH_JDATE, &y1, &m1, &d1);
					next = Min(to, date2j(y1 + 1, 1, 1) - POSTGRES_EPOCH_JDATE);
					if (is_leap(y1))
						leap += next - day;
					day = next;
				}
				return calculate(numeric_add,
								 calculate(numeric_div, int64_to_numeric(leap), int64_to_numeric(366)),
								 calculate(numeric_div, int64_to_numeric(days - leap), int64_to_numeric(365)));
			}
		case THIRTY_E_360:
			j2date(from + POSTGRES_EPOCH_JDATE, &y1, &m1, &d1);
			j2date(to + POSTGRES_EPOCH_JDATE, &y2, &m2, &d2);
			days = (int64) (y2 - y1) * 360 + (m2 - m1) * 30 + Min(d2, 30) - Min(d1, 30);
			return calculate(numeric_div, int64_to_numeric(days), int64_to_numeric(360));
	}
	return NULL;				/* not reached */
}

/* Simple: balance x rate x time. Compounding: each day on what was due the day before. */
static Numeric
interest_of(Numeric balance, Numeric percent, DateADT from, DateADT to, DayCount day_count, bool compounds)
{
	Numeric		hundred = int64_to_numeric(100);

	if (compounds)
	{
		Numeric		one = int64_to_numeric(1);
		Numeric		daily = calculate(numeric_div, percent, hundred);
		int64		days = (int64) to - from;

		if (day_count != DAILY)
			daily = calculate(numeric_div,
							  calculate(numeric_mul, daily, year_fraction(from, to, day_count)),
							  int64_to_numeric(days));
		return calculate(numeric_mul, balance,
						 calculate(numeric_sub,
								   calculate(numeric_power, calculate(numeric_add, one, daily),
											 int64_to_numeric(days)), one));
	}
	return calculate(numeric_div,
					 calculate(numeric_mul, calculate(numeric_mul, balance, percent),
							   year_fraction(from, to, day_count)),
					 hundred);
}

PG_FUNCTION_INFO_V1(ar_late_interest);
Datum
ar_late_interest(PG_FUNCTION_ARGS)
{
	DateADT		due_on = finite_date(PG_GETARG_DATEADT(0), "due date");
	DateADT		until = finite_date(PG_GETARG_DATEADT(1), "the last day");
	Numeric		balance = finite_number(PG_GETARG_NUMERIC(2), "amount");
	DayCount	day_count = read_day_count(PG_GETARG_TEXT_PP(7));
	int32		grace_days = PG_GETARG_INT32(8);
	bool		grace_is_deductible = PG_GETARG_BOOL(9);
	bool		compounds = PG_GETARG_BOOL(10);
	DateADT		from = finite_date(PG_ARGISNULL(11) ? due_on : PG_GETARG_DATEADT(11), "the first day");
	Numeric		zero = int64_to_numeric(0);
	Numeric		charged = zero;
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			nchanges;
	int			nrates;
	int			change = 0;
	int			rate = 0;
	Dated	   *changes = read_dated(PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_ARRAYTYPE_P(4), "changes", &nchanges);
	Dated	   *rates = read_dated(PG_GETARG_ARRAYTYPE_P(5), PG_GETARG_ARRAYTYPE_P(6), "rates", &nrates);
	DateADT		day;
	DateADT		grace_end;

	if (grace_days < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days of grace must not be negative")));
	if (!IS_VALID_DATE((int64) due_on + grace_days))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	grace_end = due_on + grace_days;
	/* What is paid within the grace was not late; what is paid after it was, from the due date. */
	if (until <= grace_end)
		return (Datum) 0;
	while (change < nchanges && changes[change].day <= grace_end)
		balance = calculate(numeric_add, balance, changes[change++].value);

	day = grace_is_deductible ? grace_end : due_on;
	while (day < until)
	{
		DateADT		end = until;
		Numeric		percent;
		Numeric		base;

		CHECK_FOR_INTERRUPTS();
		while (rate < nrates && rates[rate].day <= day + 1)
			rate++;
		if (rate == 0)
			ereport(ERROR,
					(errcode(ERRCODE_NO_DATA_FOUND),
					 errmsg("there is no rate of interest on the first day that bears interest"),
					 errdetail("The rates given begin later.")));
		percent = rates[rate - 1].value;
		if (rate < nrates)
			end = Min(end, rates[rate].day - 1);
		if (change < nchanges)
			end = Min(end, changes[change].day);
		/* A stretch that begins before the first day wanted is told in two. */
		if (day < from)
			end = Min(end, from);
		base = compare(balance, zero) > 0 ? balance : zero;
		if (compounds)
			base = calculate(numeric_add, base, compare(base, zero) > 0 ? charged : zero);
		if (compare(base, zero) > 0)
		{
			Numeric		interest = interest_of(base, percent, day, end, day_count, compounds);

			if (compare(interest, zero) < 0)
				interest = zero;
			charged = calculate(numeric_add, charged, interest);
			if (day >= from)
			{
				Datum		values[6];
				bool		nulls[6] = {false, false, false, false, false, false};

				values[0] = DateADTGetDatum(day);
				values[1] = DateADTGetDatum(end);
				values[2] = Int32GetDatum(end - day);
				values[3] = NumericGetDatum(base);
				values[4] = NumericGetDatum(percent);
				values[5] = NumericGetDatum(interest);
				tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
			}
		}
		while (change < nchanges && changes[change].day <= end)
			balance = calculate(numeric_add, balance, changes[change++].value);
		day = end;
	}
	return (Datum) 0;
}
