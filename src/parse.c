/*
 * parse.c
 *		Strict reading of dates and amounts that come as text.
 *
 * Import must name every fault of every row, so these answer null where the
 * casts of PostgreSQL would raise an error, and do not guess: no month names,
 * no order of day and month, no exponents, no currency signs.
 */
#include "postgres.h"

#include "compat.h"
#include "parse.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

#define MAX_AMOUNT_LENGTH	150

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A calendar date written YYYY-MM-DD. */
bool
parse_date(const char *text, int length, DateADT *date)
{
	int			part[3] = {0, 0, 0};
	int			which = 0;

	if (length != 10)
		return false;
	for (int i = 0; i < length; i++)
	{
		if (i == 4 || i == 7)
		{
			if (text[i] != '-')
				return false;
			which++;
		}
		else if (!is_digit(text[i]))
			return false;
		else
			part[which] = part[which] * 10 + (text[i] - '0');
	}
	if (part[0] < 1 || part[1] < 1 || part[1] > MONTHS_PER_YEAR ||
		part[2] < 1 || part[2] > day_tab[isleap(part[0])][part[1] - 1])
		return false;
	*date = date2j(part[0], part[1], part[2]) - POSTGRES_EPOCH_JDATE;
	return true;
}

PG_FUNCTION_INFO_V1(ar_parse_date);
Datum
ar_parse_date(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	DateADT		date;

	if (!parse_date(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date);
}

PG_FUNCTION_INFO_V1(ar_parse_amount);
Datum
ar_parse_amount(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *data = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	int			digits = 0;
	int			points = 0;
	char		number[MAX_AMOUNT_LENGTH + 1];

	if (length > MAX_AMOUNT_LENGTH)
		PG_RETURN_NULL();
	for (int i = 0; i < length; i++)
	{
		if (is_digit(data[i]))
			digits++;
		else if (data[i] == '.' && digits > 0)
			points++;
		else if (i > 0 || (data[i] != '-' && data[i] != '+'))
			PG_RETURN_NULL();
	}
	if (digits == 0 || points > 1 || data[length - 1] == '.')
		PG_RETURN_NULL();
	memcpy(number, data, length);
	number[length] = '\0';
	/* Cannot fail: the text is a short plain number. */
	return DirectFunctionCall3(numeric_in, CStringGetDatum(number),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
