/*
 * dso.c
 *		Days sales outstanding and its kin, on plain numbers and arrays.
 *
 * Results are not rounded: whoever shows them rounds.
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

static Numeric
zero(void)
{
	return int64_to_numeric(0);
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static Numeric
calculate(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static void
check_money(Numeric value, const char *name)
{
	if (numeric_is_nan(value) || numeric_is_inf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be NaN or infinite", name)));
}

static void
check_days(int32 days)
{
	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a period must have at least one day, not %d", days)));
}

/*
 * amount / credit sales of a period x days of the period; null without sales.
 * Each ratio of the family has its own name in SQL and its own amount.
 */
PG_FUNCTION_INFO_V1(ar_days_of_sales);
Datum
ar_days_of_sales(PG_FUNCTION_ARGS)
{
	Numeric		amount = PG_GETARG_NUMERIC(0);
	Numeric		sales = PG_GETARG_NUMERIC(1);
	int32		days = PG_GETARG_INT32(2);

	check_money(amount, "receivables");
	check_money(sales, "credit sales");
	check_days(days);
	if (compare(sales, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div,
								calculate(numeric_mul, amount,
										  int64_to_numeric(days)),
								sales));
}

/* The elements of a list, which must have no nulls and finite amounts. */
static int
get_list(FunctionCallInfo fcinfo, int arg, Oid type, const char *name, Datum **values)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	bool		is_numeric = type == NUMERICOID;
	int			n;

	list_must_have_no_nulls(array, name);
	deconstruct_array(array, type, is_numeric ? -1 : (int) sizeof(int32), !is_numeric,
					  TYPALIGN_INT, values, NULL, &n);
	if (is_numeric)
		for (int i = 0; i < n; i++)
			check_money(DatumGetNumeric((*values)[i]), name);
	return n;
}

static void
check_same_length(int na, const char *a, int nb, const char *b)
{
	if (na != nb)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s and %s must be lists of the same periods", a, b),
				 errdetail("There are %d %s and %d %s.", na, a, nb, b)));
}

/* amount / sales x days, or null. */
static Datum
days_of_sales(FunctionCallInfo fcinfo, Numeric amount, Numeric sales, Numeric days)
{
	if (compare(sales, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div, calculate(numeric_mul, amount, days), sales));
}

/* Receivables / the sales of all periods x their days. */
PG_FUNCTION_INFO_V1(ar_rolling_dso);
Datum
ar_rolling_dso(PG_FUNCTION_ARGS)
{
	Numeric		receivables = PG_GETARG_NUMERIC(0);
	Datum	   *sales;
	Datum	   *days;
	int			n = get_list(fcinfo, 1, NUMERICOID, "sales", &sales);
	int			ndays = get_list(fcinfo, 2, INT4OID, "days", &days);
	Numeric		all_sales = zero();
	int64		all_days = 0;

	check_money(receivables, "receivables");
	check_same_length(n, "sales", ndays, "days");
	for (int i = 0; i < n; i++)
	{
		check_days(DatumGetInt32(days[i]));
		all_sales = calculate(numeric_add, all_sales, DatumGetNumeric(sales[i]));
		all_days += DatumGetInt32(days[i]);
	}
	return days_of_sales(fcinfo, receivables, all_sales, int64_to_numeric(all_days));
}

/* Receivables / (sales of so many months x 12 / months) x days of the year. */
PG_FUNCTION_INFO_V1(ar_annualised_dso);
Datum
ar_annualised_dso(PG_FUNCTION_ARGS)
{
	Numeric		receivables = PG_GETARG_NUMERIC(0);
	Numeric		sales = PG_GETARG_NUMERIC(1);
	int32		months = PG_GETARG_INT32(2);
	int32		days = PG_GETARG_INT32(3);

	check_money(receivables, "receivables");
	check_money(sales, "credit sales");
	check_days(days);
	if (months < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sales must be of at least one month, not %d", months)));
	return days_of_sales(fcinfo,
						 calculate(numeric_mul, receivables, int64_to_numeric(months)),
						 calculate(numeric_mul, sales, int64_to_numeric(12)),
						 int64_to_numeric(days));
}

static Numeric
get_average(FunctionCallInfo fcinfo, int opening, int closing)
{
	check_money(PG_GETARG_NUMERIC(opening), "opening receivables");
	check_money(PG_GETARG_NUMERIC(closing), "closing receivables");
	return calculate(numeric_div,
					 calculate(numeric_add, PG_GETARG_NUMERIC(opening), PG_GETARG_NUMERIC(closing)),
					 int64_to_numeric(2));
}

/* Mean of opening and closing receivables / sales x days. */
PG_FUNCTION_INFO_V1(ar_average_balance_dso);
Datum
ar_average_balance_dso(PG_FUNCTION_ARGS)
{
	Numeric		average = get_average(fcinfo, 0, 1);
	Numeric		sales = PG_GETARG_NUMERIC(2);
	int32		days = PG_GETARG_INT32(3);

	check_money(sales, "credit sales");
	check_days(days);
	return days_of_sales(fcinfo, average, sales, int64_to_numeric(days));
}

/* Sales / mean of opening and closing receivables. */
PG_FUNCTION_INFO_V1(ar_receivables_turnover);
Datum
ar_receivables_turnover(PG_FUNCTION_ARGS)
{
	Numeric		sales = PG_GETARG_NUMERIC(0);
	Numeric		average = get_average(fcinfo, 1, 2);

	check_money(sales, "credit sales");
	if (compare(average, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div, sales, average));
}

/* Days / turnover: null also where nothing was turned over. */
PG_FUNCTION_INFO_V1(ar_turnover_days);
Datum
ar_turnover_days(PG_FUNCTION_ARGS)
{
	Numeric		sales = PG_GETARG_NUMERIC(0);
	Numeric		average = get_average(fcinfo, 1, 2);
	int32		days = PG_GETARG_INT32(3);

	check_money(sales, "credit sales");
	check_days(days);
	if (compare(average, zero()) <= 0)
		PG_RETURN_NULL();
	return days_of_sales(fcinfo, average, sales, int64_to_numeric(days));
}

/*
 * What was collected of what could have been:
 * (opening + sales/n - closing) / (opening + sales/n - closing not due) x 100,
 * above and below times n.
 */
PG_FUNCTION_INFO_V1(ar_collection_effectiveness);
Datum
ar_collection_effectiveness(PG_FUNCTION_ARGS)
{
	int32		n = PG_GETARG_INT32(4);
	Numeric		parts = int64_to_numeric(n);
	Numeric		owed;
	Numeric		collectable;

	check_money(PG_GETARG_NUMERIC(0), "opening receivables");
	check_money(PG_GETARG_NUMERIC(1), "credit sales");
	check_money(PG_GETARG_NUMERIC(2), "closing receivables");
	check_money(PG_GETARG_NUMERIC(3), "closing receivables not due");
	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n must be at least 1, not %d", n)));
	owed = calculate(numeric_add,
					 calculate(numeric_mul, PG_GETARG_NUMERIC(0), parts),
					 PG_GETARG_NUMERIC(1));
	collectable = calculate(numeric_sub, owed,
							calculate(numeric_mul, PG_GETARG_NUMERIC(3), parts));
	if (compare(collectable, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div,
								calculate(numeric_mul,
										  calculate(numeric_sub, owed,
													calculate(numeric_mul, PG_GETARG_NUMERIC(2), parts)),
										  int64_to_numeric(100)),
								collectable));
}

/* amount x days / sales, added to sum.  False where sales do not allow it. */
static bool
add_days_of_sales(Numeric *sum, Numeric amount, int32 days, Numeric sales)
{
	if (days < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must not be negative, as %d is", days)));
	if (compare(amount, zero()) == 0)
		return true;
	if (compare(sales, zero()) <= 0)
		return false;
	*sum = calculate(numeric_add, *sum,
					 calculate(numeric_div,
							   calculate(numeric_mul, amount, int64_to_numeric(days)),
							   sales));
	return true;
}

/* The sum over a list of amount x days / sales, each with its own sales. */
PG_FUNCTION_INFO_V1(ar_sum_of_days_of_sales);
Datum
ar_sum_of_days_of_sales(PG_FUNCTION_ARGS)
{
	Datum	   *amounts;
	Datum	   *days;
	Datum	   *sales;
	int			n = get_list(fcinfo, 0, NUMERICOID, "amounts", &amounts);
	int			ndays = get_list(fcinfo, 1, INT4OID, "days", &days);
	int			nsales = get_list(fcinfo, 2, NUMERICOID, "sales", &sales);
	Numeric		sum = zero();
	bool		defined = true;

	check_same_length(n, "amounts", ndays, "days");
	check_same_length(n, "amounts", nsales, "sales");
	for (int i = 0; i < n; i++)
		defined &= add_days_of_sales(&sum, DatumGetNumeric(amounts[i]),
									 DatumGetInt32(days[i]), DatumGetNumeric(sales[i]));
	if (!defined)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(sum);
}

/*
 * The same as an aggregate.  NaN stands for a sum that is not defined, and
 * stays what it is when states are added.
 */
PG_FUNCTION_INFO_V1(ar_true_dso_accum);
Datum
ar_true_dso_accum(PG_FUNCTION_ARGS)
{
	Numeric		sum = PG_ARGISNULL(0) ? zero() : PG_GETARG_NUMERIC(0);

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_NUMERIC(sum);
	}
	check_money(PG_GETARG_NUMERIC(1), "amounts");
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an open amount must have an age")));
	if (!PG_ARGISNULL(3))
		check_money(PG_GETARG_NUMERIC(3), "sales");
	if (!add_days_of_sales(&sum, PG_GETARG_NUMERIC(1), PG_GETARG_INT32(2),
						   PG_ARGISNULL(3) ? zero() : PG_GETARG_NUMERIC(3)))
		PG_RETURN_DATUM(DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	PG_RETURN_NUMERIC(sum);
}

PG_FUNCTION_INFO_V1(ar_true_dso_final);
Datum
ar_true_dso_final(PG_FUNCTION_ARGS)
{
	if (numeric_is_nan(PG_GETARG_NUMERIC(0)))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* Mean of days, weighted by amount; null where the amounts are nothing. */
PG_FUNCTION_INFO_V1(ar_weighted_days);
Datum
ar_weighted_days(PG_FUNCTION_ARGS)
{
	Datum	   *amounts;
	Datum	   *days;
	int			n = get_list(fcinfo, 0, NUMERICOID, "amounts", &amounts);
	int			ndays = get_list(fcinfo, 1, INT4OID, "days", &days);
	Numeric		amount = zero();
	Numeric		amount_days = zero();

	check_same_length(n, "amounts", ndays, "days");
	for (int i = 0; i < n; i++)
	{
		amount = calculate(numeric_add, amount, DatumGetNumeric(amounts[i]));
		amount_days = calculate(numeric_add, amount_days,
								calculate(numeric_mul, DatumGetNumeric(amounts[i]),
										  int64_to_numeric(DatumGetInt32(days[i]))));
	}
	if (compare(amount, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div, amount_days, amount));
}

/* Countback: how many days of sales, going back, the receivables exhaust. */
typedef struct Countback
{
	Numeric		rest;
	Numeric		days;
	bool		exhausted;
} Countback;

static void
start_countback(Countback *countback, Numeric receivables)
{
	check_money(receivables, "receivables");
	countback->rest = receivables;
	countback->days = zero();
	countback->exhausted = compare(receivables, zero()) <= 0;
}

/*
 * The period before those counted so far, where they did not exhaust the
 * receivables.  A period whose sales are zero passes with its days, one with
 * negative sales adds to what remains.
 */
static void
count_back(Countback *countback, Numeric sales, int64 days)
{
	Numeric		counted = int64_to_numeric(days);

	if (compare(countback->rest, sales) < 0)
	{
		counted = calculate(numeric_div,
							calculate(numeric_mul, countback->rest, counted),
							sales);
		countback->exhausted = true;
	}
	countback->rest = calculate(numeric_sub, countback->rest, sales);
	countback->days = calculate(numeric_add, countback->days, counted);
	countback->exhausted = countback->exhausted || compare(countback->rest, zero()) == 0;
}

static Datum
end_countback(FunctionCallInfo fcinfo, const Countback *countback)
{
	TupleDesc	tupdesc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = NumericGetDatum(countback->days);
	values[1] = BoolGetDatum(!countback->exhausted);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}

PG_FUNCTION_INFO_V1(ar_dso_countback);
Datum
ar_dso_countback(PG_FUNCTION_ARGS)
{
	Datum	   *sales;
	Datum	   *days;
	int			n = get_list(fcinfo, 1, NUMERICOID, "sales", &sales);
	int			ndays = get_list(fcinfo, 2, INT4OID, "days", &days);
	Countback	countback;

	check_same_length(n, "sales", ndays, "days");
	for (int i = 0; i < n; i++)
		check_days(DatumGetInt32(days[i]));
	start_countback(&countback, PG_GETARG_NUMERIC(0));
	for (int i = 0; i < n && !countback.exhausted; i++)
		count_back(&countback, DatumGetNumeric(sales[i]), DatumGetInt32(days[i]));
	PG_RETURN_DATUM(end_countback(fcinfo, &countback));
}

static DateADT
first_of_month(DateADT date, int months_back)
{
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	month += year * 12 - 1 - months_back;
	return date2j(month / 12, month % 12 + 1, 1) - POSTGRES_EPOCH_JDATE;
}

#define COUNTBACK_MONTHS	36
/* Well within what the calendar's arithmetic takes. */
#define COUNTBACK_MIN_YEAR	10
#define COUNTBACK_MAX_YEAR	1000000

static void
check_countback_date(DateADT date, const char *name)
{
	if (DATE_NOT_FINITE(date) ||
		date < date2j(COUNTBACK_MIN_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE ||
		date > date2j(COUNTBACK_MAX_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s is out of range", name)));
}

/*
 * Countback over dated sales, latest first: whatever is after as_of or before
 * the first day is left out.  Days and months without sales need no entry.
 */
static Datum
countback_dated(FunctionCallInfo fcinfo, bool by_month)
{
	DateADT		as_of;
	DateADT		first_day;
	DateADT		end;			/* last day not counted yet */
	Datum	   *dates;
	Datum	   *sales;
	int			n;
	int			nsales;
	int			i = 0;
	Countback	countback;

	for (int arg = 0; arg < 4; arg++)
		if (PG_ARGISNULL(arg))
			PG_RETURN_NULL();
	as_of = PG_GETARG_DATEADT(1);
	check_countback_date(as_of, "the as-of date");
	n = get_list(fcinfo, 2, DATEOID, "dates", &dates);
	nsales = get_list(fcinfo, 3, NUMERICOID, "sales", &sales);
	first_day = PG_ARGISNULL(4) ? first_of_month(as_of, COUNTBACK_MONTHS - 1) : PG_GETARG_DATEADT(4);
	check_countback_date(first_day, "the first day");
	check_same_length(n, "dates", nsales, "sales");
	for (int k = 0; k < n; k++)
	{
		if (DATE_NOT_FINITE(DatumGetDateADT(dates[k])))
			check_countback_date(DatumGetDateADT(dates[k]), "a date of sales");
		if (k > 0 && DatumGetDateADT(dates[k]) > DatumGetDateADT(dates[k - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("dates of sales must descend"),
					 errhint("Aggregate dates and sales ORDER BY date DESC.")));
	}

	start_countback(&countback, PG_GETARG_NUMERIC(0));
	end = as_of;
	while (i < n && DatumGetDateADT(dates[i]) > as_of)
		i++;
	while (!countback.exhausted && end >= first_day)
	{
		DateADT		start;
		Numeric		period_sales = zero();

		CHECK_FOR_INTERRUPTS();
		if (by_month)
			start = Max(first_of_month(end, 0), first_day);
		else if (i < n && DatumGetDateADT(dates[i]) == end)
			start = end;
		else
			/* All the days without sales at once. */
			start = i < n ? Max(DatumGetDateADT(dates[i]) + 1, first_day) : first_day;
		for (; i < n && DatumGetDateADT(dates[i]) >= start; i++)
			period_sales = calculate(numeric_add, period_sales, DatumGetNumeric(sales[i]));
		count_back(&countback, period_sales, (int64) end - start + 1);
		end = start - 1;
	}
	PG_RETURN_DATUM(end_countback(fcinfo, &countback));
}

PG_FUNCTION_INFO_V1(ar_dso_countback_by_day);
Datum
ar_dso_countback_by_day(PG_FUNCTION_ARGS)
{
	return countback_dated(fcinfo, false);
}

PG_FUNCTION_INFO_V1(ar_dso_countback_by_month);
Datum
ar_dso_countback_by_month(PG_FUNCTION_ARGS)
{
	return countback_dated(fcinfo, true);
}
