/*
 * parse.c
 *		Strict reading of dates, times and amounts that come as text.
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

/* Two digits up to most, behind the separator where there is one. */
static bool
parse_two_digits(const char **text, char separator, int most, int *value)
{
	const char *c = *text;

	if (separator != '\0' && *c++ != separator)
		return false;
	if (!is_digit(c[0]) || !is_digit(c[1]))
		return false;
	*value = (c[0] - '0') * 10 + (c[1] - '0');
	*text = c + 2;
	return *value <= most;
}

/* A fraction of a second, in microseconds. */
static bool
parse_fraction(const char **text, int *fraction)
{
	const char *c = *text + 1;	/* behind the point */
	int			unit = USECS_PER_SEC / 10;

	if (!is_digit(*c))
		return false;
	for (*fraction = 0; is_digit(*c) && unit > 0; c++, unit /= 10)
		*fraction += (*c - '0') * unit;
	*text = c;
	return !is_digit(*c);
}

/* An offset from UTC, in seconds: Z, or as +HH, +HHMM, +HH:MM or +HH:MM:SS. */
static bool
parse_offset(const char *text, int *offset)
{
	int			sign = *text == '-' ? -1 : 1;
	int			hour = 0;
	int			minute = 0;
	int			second = 0;

	if (*text == 'Z')
		text++;
	else
	{
		if (*text != '+' && *text != '-')
			return false;
		text++;
		if (!parse_two_digits(&text, '\0', MAX_TZDISP_HOUR, &hour))
			return false;
		if (is_digit(*text))
		{
			if (!parse_two_digits(&text, '\0', MINS_PER_HOUR - 1, &minute))
				return false;
		}
		else if (*text != '\0')
		{
			if (!parse_two_digits(&text, ':', MINS_PER_HOUR - 1, &minute))
				return false;
			if (*text != '\0' &&
				!parse_two_digits(&text, ':', SECS_PER_MINUTE - 1, &second))
				return false;
		}
	}
	*offset = sign * (hour * SECS_PER_HOUR + minute * SECS_PER_MINUTE + second);
	return *text == '\0';
}

/*
 * A moment written YYYY-MM-DD HH:MM[:SS[.ffffff]] with its offset from UTC,
 * without which it would be another one in another session.  A T may stand
 * for the space.
 */
bool
parse_timestamptz(const char *text, TimestampTz *moment)
{
	DateADT		date;
	int			hour;
	int			minute;
	int			second = 0;
	int			fraction = 0;
	int			offset;

	if (strlen(text) < 11 || !parse_date(text, 10, &date) ||
		(text[10] != ' ' && text[10] != 'T'))
		return false;
	text += 11;
	if (!parse_two_digits(&text, '\0', HOURS_PER_DAY - 1, &hour) ||
		!parse_two_digits(&text, ':', MINS_PER_HOUR - 1, &minute))
		return false;
	if (*text == ':' &&
		(!parse_two_digits(&text, ':', SECS_PER_MINUTE - 1, &second) ||
		 (*text == '.' && !parse_fraction(&text, &fraction))))
		return false;
	if (!parse_offset(text, &offset))
		return false;
	*moment = date * USECS_PER_DAY +
		(hour * SECS_PER_HOUR + minute * SECS_PER_MINUTE + second - offset) *
		USECS_PER_SEC + fraction;
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
