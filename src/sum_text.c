/*
 * sum_text.c
 *		Reads the numbers of a value's text form.
 */
#include "postgres.h"

#include <ctype.h>

#include "compat.h"
#include "decimal.h"
#include "sums.h"
#include "utils/builtins.h"

#define MAX_INTEGER_DIGITS	200 /* more than any number that fits has */

void
skip_space(const char **pos)
{
	while (isspace((unsigned char) **pos))
		(*pos)++;
}

bool
skip_char(const char **pos, char c)
{
	skip_space(pos);
	if (**pos != c)
		return false;
	(*pos)++;
	return true;
}

/*
 * The next plain decimal number: sign, digits, perhaps a point and digits.
 * Null where there is none, or one that numeric could not hold.
 */
static char *
next_number(const char **pos, bool decimals)
{
	const char *start;
	int			digits = 0;
	int			scale = 0;

	skip_space(pos);
	start = *pos;
	if (**pos == '-')
		(*pos)++;
	for (; isdigit((unsigned char) **pos); (*pos)++)
		digits++;
	if (decimals && digits > 0 && **pos == '.')
		for ((*pos)++; isdigit((unsigned char) **pos); (*pos)++)
			scale++;
	if (digits == 0 || digits > MAX_INTEGER_DIGITS || scale > DECIMAL_MAX_SCALE)
		return NULL;
	return pnstrdup(start, *pos - start);
}

bool
next_int64(const char **pos, int64 min, int64 max, int64 *value)
{
	char	   *token = next_number(pos, false);
	char	   *end;

	if (token == NULL)
		return false;
	errno = 0;
	*value = strtoll(token, &end, 10);
	return errno == 0 && *end == '\0' && *value >= min && *value <= max;
}

bool
next_sum(const char **pos, WrittenSum *sum)
{
	char	   *token = next_number(pos, true);
	Datum		value;
	Decimal		decimal;

	if (token == NULL)
		return false;
	/* Cannot fail: the token is a plain number within numeric's limits. */
	value = DirectFunctionCall3(numeric_in, CStringGetDatum(token),
								ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	decimal_read((struct varlena *) DatumGetPointer(value), &decimal);
	sum->fraction = decimal_fraction(&decimal);
	sum->scale = decimal.scale;
	return decimal_to_words(&decimal, sum->fraction, sum->words, WORDS_MAX);
}

/* Brings a sum that was read to the unit of the value. */
bool
written_sum_words(uint64 *words, const WrittenSum *sum, int fraction)
{
	memcpy(words, sum->words, sizeof(sum->words));
	for (int i = sum->fraction; i < fraction; i++)
		if (!words_multiply(words, WORDS_MAX, DECIMAL_BASE))
			return false;
	return true;
}
