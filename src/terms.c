/*
 * terms.c
 *		Payment terms on plain values: due dates, instalments, discounts.
 *
 * A month offset counts from the base date, never from another offset's
 * result, and ends at the month's last day where the month is too short.
 */
#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "terms.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#define MAX_MINOR_UNITS		6	/* as of a currency */

/* The days that decide whether a date is a business day. */
typedef struct Calendar
{
	const DateADT *holidays;
	int			nholidays;
	const DateADT *workdays;	/* beat weekends and holidays */
	int			nworkdays;
} Calendar;

/* Arguments ---------------------------------------------------------------- */

static DateADT
get_date(Datum argument)
{
	DateADT		date = DatumGetDateADT(argument);

	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a date of a payment term must not be infinite")));
	return date;
}

static Numeric
get_amount(Datum argument, const char *name)
{
	Numeric		amount = DatumGetNumeric(argument);

	if (numeric_is_nan(amount) || numeric_is_inf(amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be NaN or infinite", name)));
	return amount;
}

static int32
get_minor_units(Datum argument)
{
	int32		minor_units = DatumGetInt32(argument);

	if (minor_units < 0 || minor_units > MAX_MINOR_UNITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("minor units must be from 0 to %d, not %d",
						MAX_MINOR_UNITS, minor_units),
				 errhint("They are the decimals of the currency: 0 for JPY, 2 for EUR, 3 for KWD.")));
	return minor_units;
}

/* The days of a list, which stay in the array. */
static const DateADT *
get_days(ArrayType *array, int *n)
{
	const DateADT *days = (const DateADT *) ARR_DATA_PTR(array);

	*n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("holidays and workdays must not be null")));
	for (int i = 0; i < *n; i++)
		get_date(DateADTGetDatum(days[i]));
	return days;
}

static Calendar
get_calendar(Datum holidays, Datum workdays)
{
	Calendar	calendar;

	calendar.holidays = get_days(DatumGetArrayTypeP(holidays), &calendar.nholidays);
	calendar.workdays = get_days(DatumGetArrayTypeP(workdays), &calendar.nworkdays);
	return calendar;
}

/* Dates -------------------------------------------------------------------- */

static void
date_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("date out of range"),
			 errdetail("The payment term leads beyond the dates there are."),
			 errhint("Check the base date, and days and months of the term.")));
}

static DateADT
add_days(DateADT date, int32 days)
{
	DateADT		result;

	if (pg_add_s32_overflow(date, days, &result) || !IS_VALID_DATE(result))
		date_out_of_range();
	return result;
}

static void
split_date(DateADT date, int *year, int *month, int *day)
{
	j2date(date + POSTGRES_EPOCH_JDATE, year, month, day);
}

/* A day, or the last one, of the month that is so many after that of date. */
static DateADT
day_in_month(DateADT date, int64 months, int day)
{
	int			year;
	int			month;
	int			ignored;
	int64		count;
	int64		years;
	DateADT		result;

	split_date(date, &year, &month, &ignored);
	count = month - 1 + months; /* from January of year; never negative */
	years = year + count / MONTHS_PER_YEAR;
	month = count % MONTHS_PER_YEAR + 1;
	if (years > JULIAN_MAXYEAR || !IS_VALID_JULIAN((int) years, month, 1))
		date_out_of_range();
	year = years;
	day = Min(day, day_tab[isleap(year)][month - 1]);
	result = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (!IS_VALID_DATE(result))
		date_out_of_range();
	return result;
}

static DateADT
end_of_month(DateADT date)
{
	return day_in_month(date, 0, 31);
}

/* Where an offset leads from a base date. */
static DateADT
apply_offset(const Term *term, const DateOffset *offset, DateADT base)
{
	DateADT		date = base;
	int64		months = offset->months;
	int			year;
	int			month;
	int			day;

	split_date(base, &year, &month, &day);
	if (term->cut_off_day > 0 && day > term->cut_off_day)
		months++;
	if (months > 0)
		date = day_in_month(date, months, day);
	if (offset->end_of_month == EOM_THEN_DAYS)
		date = end_of_month(date);
	date = add_days(date, offset->days);
	if (offset->end_of_month == DAYS_THEN_EOM)
		date = end_of_month(date);
	if (offset->day_of_month > 0)
		date = day_in_month(date, 1, offset->day_of_month);
	return date;
}

static bool
is_among(DateADT date, const DateADT *days, int n)
{
	for (int i = 0; i < n; i++)
		if (days[i] == date)
			return true;
	return false;
}

static bool
is_business_day(DateADT date, const Calendar *calendar)
{
	int			weekday = j2day(date + POSTGRES_EPOCH_JDATE);

	if (is_among(date, calendar->workdays, calendar->nworkdays))
		return true;
	return weekday != 0 && weekday != 6 &&	/* Sunday, Saturday */
		!is_among(date, calendar->holidays, calendar->nholidays);
}

static DateADT
next_business_day(DateADT date, const Calendar *calendar, int step)
{
	while (!is_business_day(date, calendar))
	{
		CHECK_FOR_INTERRUPTS();
		date = add_days(date, step);
	}
	return date;
}

/* The due date of a contractual date; never before the base date. */
static DateADT
adjust_date(const Term *term, DateADT date, DateADT base, const Calendar *calendar)
{
	DateADT		result = date;

	switch (term->business_day)
	{
		case BUSINESS_DAY_NONE:
			break;
		case BUSINESS_DAY_FOLLOWING:
			result = next_business_day(date, calendar, 1);
			break;
		case BUSINESS_DAY_PRECEDING:
			result = next_business_day(date, calendar, -1);
			break;
		case BUSINESS_DAY_MODIFIED_FOLLOWING:
			result = next_business_day(date, calendar, 1);
			if (result > end_of_month(date))
				result = next_business_day(date, calendar, -1);
			break;
	}
	return Max(result, base);
}

/* Amounts ------------------------------------------------------------------ */

static Numeric
calculate(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static int
sign_of(Numeric amount)
{
	return compare(amount, int64_to_numeric(0));
}

static Numeric
negate(Numeric amount)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(amount)));
}

static Numeric
absolute(Numeric amount)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(amount)));
}

/* Half away from zero. */
static Numeric
round_amount(Numeric amount, int32 minor_units)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(amount),
											   Int32GetDatum(minor_units)));
}

/* Exactly: a division might round before the rounding to minor units does. */
static Numeric
percent_of(Numeric amount, Numeric percent)
{
	return calculate(numeric_mul, calculate(numeric_mul, amount, percent),
					 int64_div_fast_to_numeric(1, 2));
}

/* 10^n */
static Numeric
power_of_ten(int32 n)
{
	int64		power = 1;

	while (n-- > 0)
		power *= 10;
	return int64_to_numeric(power);
}

/* Numerator / denominator, both positive, half up to minor units, exactly. */
static Numeric
divide_rounded(Numeric numerator, Numeric denominator, int32 minor_units)
{
	Numeric		two = int64_to_numeric(2);
	Numeric		units = calculate(numeric_mul, numerator, power_of_ten(minor_units));

	units = calculate(numeric_div_trunc,
					  calculate(numeric_add, calculate(numeric_mul, units, two), denominator),
					  calculate(numeric_mul, denominator, two));
	return calculate(numeric_mul, units, int64_div_fast_to_numeric(1, minor_units));
}

/* Functions ---------------------------------------------------------------- */

PG_FUNCTION_INFO_V1(ar_check_term);
Datum
ar_check_term(PG_FUNCTION_ARGS)
{
	Term		term;

	parse_term(PG_GETARG_JSONB_P(0), &term);
	PG_RETURN_BOOL(true);
}

PG_FUNCTION_INFO_V1(ar_due_date);
Datum
ar_due_date(PG_FUNCTION_ARGS)
{
	DateADT		base = get_date(PG_GETARG_DATUM(0));
	Calendar	calendar = get_calendar(PG_GETARG_DATUM(2), PG_GETARG_DATUM(3));
	Term		term;
	DateADT		latest = base;

	parse_term(PG_GETARG_JSONB_P(1), &term);
	if (term.ninstalments == 0 && !term.prepayment)
		latest = apply_offset(&term, &term.offset, base);
	for (int i = 0; i < term.ninstalments; i++)
	{
		DateADT		date = apply_offset(&term, &term.instalments[i].offset, base);

		latest = Max(latest, date);
	}
	PG_RETURN_DATEADT(adjust_date(&term, latest, base, &calendar));
}

/* What a line takes of a positive total of which rest is left. */
static Numeric
share_of(const Instalment *instalment, Numeric total, Numeric rest, int32 minor_units)
{
	Numeric		share = rest;

	switch (instalment->share)
	{
		case SHARE_PERCENT:
			share = percent_of(total, instalment->value);
			break;
		case SHARE_PERCENT_OF_REMAINDER:
			share = percent_of(rest, instalment->value);
			break;
		case SHARE_AMOUNT:
			share = instalment->value;
			break;
		case SHARE_RESIDUAL:
			break;
	}
	return round_amount(share, minor_units);
}

static void
put_instalment(ReturnSetInfo *result, int number, DateADT contractual, DateADT due,
			   Numeric amount)
{
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	values[0] = Int32GetDatum(number);
	values[1] = DateADTGetDatum(contractual);
	values[2] = DateADTGetDatum(due);
	values[3] = NumericGetDatum(amount);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* An amount that is one of the currency, as a split of it must add up to it. */
static Numeric
get_total(Datum argument, int32 minor_units)
{
	Numeric		amount = get_amount(argument, "amount");
	Numeric		total = round_amount(amount, minor_units);

	if (compare(amount, total) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount has more decimals than the currency"),
				 errdetail("An amount of %s cannot be paid in a currency of %d decimals.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(amount))),
						   minor_units),
				 errhint("Round the amount first.")));
	return total;
}

PG_FUNCTION_INFO_V1(ar_instalments);
Datum
ar_instalments(PG_FUNCTION_ARGS)
{
	DateADT		base = get_date(PG_GETARG_DATUM(1));
	int32		minor_units = get_minor_units(PG_GETARG_DATUM(3));
	Numeric		total = get_total(PG_GETARG_DATUM(0), minor_units);
	Calendar	calendar = get_calendar(PG_GETARG_DATUM(4), PG_GETARG_DATUM(5));
	bool		negative = sign_of(total) < 0;
	Term		term;
	Numeric		rest;

	parse_term(PG_GETARG_JSONB_P(2), &term);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (term.ninstalments == 0)
	{
		DateADT		date = term.prepayment ? base : apply_offset(&term, &term.offset, base);

		put_instalment((ReturnSetInfo *) fcinfo->resultinfo, 1, date,
					   adjust_date(&term, date, base, &calendar), total);
		return (Datum) 0;
	}
	total = absolute(total);
	rest = total;
	for (int i = 0; i < term.ninstalments; i++)
	{
		const Instalment *instalment = &term.instalments[i];
		DateADT		date = apply_offset(&term, &instalment->offset, base);
		Numeric		share = i == term.ninstalments - 1 ? rest :
			share_of(instalment, total, rest, minor_units);

		if (sign_of(share) <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("amount is too small for the instalments of its payment term"),
					 errdetail("Of %s, instalments[%d] would take %s.",
							   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(total))),
							   i,
							   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(share)))),
					 errhint("Use a term of fewer instalments, or of smaller fixed amounts.")));
		rest = calculate(numeric_sub, rest, share);
		put_instalment((ReturnSetInfo *) fcinfo->resultinfo, i + 1, date,
					   adjust_date(&term, date, base, &calendar),
					   negative ? negate(share) : share);
	}
	return (Datum) 0;
}

/* What percentages of discount are taken of. */
static Numeric
discount_base(const Term *term, Numeric amount, Numeric tax)
{
	Numeric		net;

	if (!term->discount_on_net)
		return amount;
	net = calculate(numeric_sub, amount, tax);
	if (sign_of(tax) * sign_of(amount) < 0 || sign_of(net) * sign_of(amount) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tax amount must lie between 0 and the amount"),
				 errdetail("The discount of this payment term is on the amount net of tax.")));
	return net;
}

static DateADT
last_day(const Term *term, const Discount *discount, DateADT base)
{
	return apply_offset(term, &discount->offset, base);
}

static DateADT
last_day_with_grace(const Term *term, const Discount *discount, DateADT base)
{
	return add_days(last_day(term, discount, base), discount->grace_days);
}

/* The highest percentage still to be had on a day; NULL for none. */
static Numeric
percent_on(const Term *term, DateADT base, DateADT paid_on)
{
	Numeric		best = NULL;

	for (int i = 0; i < term->ndiscounts; i++)
	{
		const Discount *discount = &term->discounts[i];

		if (paid_on <= last_day_with_grace(term, discount, base) &&
			(best == NULL || compare(discount->percent, best) > 0))
			best = discount->percent;
	}
	return best;
}

PG_FUNCTION_INFO_V1(ar_discounts);
Datum
ar_discounts(PG_FUNCTION_ARGS)
{
	Numeric		amount = get_amount(PG_GETARG_DATUM(0), "amount");
	DateADT		base = get_date(PG_GETARG_DATUM(1));
	int32		minor_units = get_minor_units(PG_GETARG_DATUM(3));
	Numeric		tax = get_amount(PG_GETARG_DATUM(4), "tax amount");
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Term		term;
	Numeric		of;

	parse_term(PG_GETARG_JSONB_P(2), &term);
	of = discount_base(&term, amount, tax);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; i < term.ndiscounts; i++)
	{
		const Discount *discount = &term.discounts[i];
		Numeric		money = round_amount(percent_of(of, discount->percent), minor_units);
		Datum		values[5];
		bool		nulls[5] = {false, false, false, false, false};

		values[0] = DateADTGetDatum(last_day(&term, discount, base));
		values[1] = DateADTGetDatum(last_day_with_grace(&term, discount, base));
		values[2] = NumericGetDatum(discount->percent);
		values[3] = NumericGetDatum(money);
		values[4] = NumericGetDatum(round_amount(calculate(numeric_sub, amount, money),
												 minor_units));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(ar_discount_on);
Datum
ar_discount_on(PG_FUNCTION_ARGS)
{
	Numeric		amount = get_amount(PG_GETARG_DATUM(0), "amount");
	DateADT		base = get_date(PG_GETARG_DATUM(1));
	DateADT		paid_on = get_date(PG_GETARG_DATUM(3));
	int32		minor_units = get_minor_units(PG_GETARG_DATUM(4));
	Numeric		tax = get_amount(PG_GETARG_DATUM(5), "tax amount");
	Term		term;
	Numeric		of;
	Numeric		percent;

	parse_term(PG_GETARG_JSONB_P(2), &term);
	of = discount_base(&term, amount, tax);
	percent = percent_on(&term, base, paid_on);
	if (percent == NULL)
		of = percent = int64_to_numeric(0);
	PG_RETURN_NUMERIC(round_amount(percent_of(of, percent), minor_units));
}

PG_FUNCTION_INFO_V1(ar_amount_settled);
Datum
ar_amount_settled(PG_FUNCTION_ARGS)
{
	Numeric		payment = get_amount(PG_GETARG_DATUM(0), "payment");
	DateADT		base = get_date(PG_GETARG_DATUM(1));
	DateADT		paid_on = get_date(PG_GETARG_DATUM(3));
	int32		minor_units = get_minor_units(PG_GETARG_DATUM(4));
	Numeric		hundred = int64_to_numeric(100);
	Term		term;
	Numeric		percent;
	Numeric		settled;

	parse_term(PG_GETARG_JSONB_P(2), &term);
	percent = percent_on(&term, base, paid_on);
	if (percent == NULL)
		PG_RETURN_NUMERIC(round_amount(payment, minor_units));
	if (term.discount_on_net)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a partial payment earns no discount of this payment term"),
				 errdetail("The discount is on the amount net of tax, which a part of the payment does not tell."),
				 errhint("Use ar.discount_on for the invoice as a whole.")));
	settled = divide_rounded(calculate(numeric_mul, absolute(payment), hundred),
							 calculate(numeric_sub, hundred, percent), minor_units);
	PG_RETURN_NUMERIC(sign_of(payment) < 0 ? negate(settled) : settled);
}

PG_FUNCTION_INFO_V1(ar_cost_of_discount);
Datum
ar_cost_of_discount(PG_FUNCTION_ARGS)
{
	Numeric		percent = get_amount(PG_GETARG_DATUM(0), "percent");
	int32		days = PG_GETARG_INT32(1);
	int32		basis = PG_GETARG_INT32(2);
	Numeric		hundred = int64_to_numeric(100);
	Numeric		one = int64_to_numeric(1);
	Numeric		paid;
	Numeric		periods;
	TupleDesc	tupdesc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (sign_of(percent) <= 0 || compare(percent, hundred) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("percent must be above 0 and below 100")));
	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a discount must be for at least one day earlier, not %d", days)));
	if (basis < 1 || basis > 366)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("basis must be from 1 to 366 days, not %d", basis),
				 errhint("A year is taken to have 365, 360 or its own number of days.")));

	paid = calculate(numeric_sub, hundred, percent);
	periods = calculate(numeric_div, int64_to_numeric(basis), int64_to_numeric(days));
	values[0] = NumericGetDatum(calculate(numeric_div,
										  calculate(numeric_mul, percent, int64_to_numeric(basis)),
										  calculate(numeric_mul, paid, int64_to_numeric(days))));
	values[1] = NumericGetDatum(calculate(numeric_sub,
										  calculate(numeric_power,
													calculate(numeric_div, hundred, paid), periods),
										  one));
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}

PG_FUNCTION_INFO_V1(ar_deposit);
Datum
ar_deposit(PG_FUNCTION_ARGS)
{
	Numeric		amount = get_amount(PG_GETARG_DATUM(0), "amount");
	int32		minor_units = get_minor_units(PG_GETARG_DATUM(2));
	Term		term;
	Numeric		deposit;

	parse_term(PG_GETARG_JSONB_P(1), &term);
	if (!term.prepayment && term.deposit_percent == NULL)
		PG_RETURN_NULL();
	deposit = absolute(amount);
	if (!term.prepayment)
		deposit = percent_of(deposit, term.deposit_percent);
	deposit = calculate(numeric_mul, deposit, power_of_ten(minor_units));
	deposit = DatumGetNumeric(DirectFunctionCall1(numeric_ceil, NumericGetDatum(deposit)));
	deposit = calculate(numeric_mul, deposit, int64_div_fast_to_numeric(1, minor_units));
	PG_RETURN_NUMERIC(sign_of(amount) < 0 ? negate(deposit) : deposit);
}
