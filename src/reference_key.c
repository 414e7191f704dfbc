/*
 * reference_key.c
 *		Document numbers as they are compared: key, number, shape, distance.
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "normal_text.h"
#include "reference.h"
#include "utils/builtins.h"

static bool
is_ascii(const char *data, int length)
{
	for (int i = 0; i < length; i++)
		if (IS_HIGHBIT_SET(data[i]))
			return false;
	return true;
}

/* Upper case, and nothing but letters and digits. */
bool
reference_key(StringInfo buffer, const char *data, int length)
{
	int			before = buffer->len;
	NormalText	normal;

	if (is_ascii(data, length))
	{
		for (int i = 0; i < length; i++)
		{
			char		c = data[i];

			if (c >= 'a' && c <= 'z')
				c -= 'a' - 'A';
			if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
				appendStringInfoCharMacro(buffer, c);
		}
		return buffer->len > before;
	}
	normal_text(&normal, data, length);
	for (int i = 0; i < normal.n; i++)
		if (wide_is_word(normal.chars[i]))
			append_wide(buffer, &normal.chars[i], 1);
	normal_text_free(&normal);
	return buffer->len > before;
}

/* The last run of digits, without leading zeros. */
bool
reference_number(StringInfo buffer, const char *data, int length)
{
	StringInfoData folded = {0};
	int			end;
	int			start;

	if (!is_ascii(data, length))
	{
		NormalText	normal;

		initStringInfo(&folded);
		normal_text(&normal, data, length);
		append_wide(&folded, normal.chars, normal.n);
		normal_text_free(&normal);
		data = folded.data;
		length = folded.len;
	}
	for (end = length; end > 0 && !(data[end - 1] >= '0' && data[end - 1] <= '9');)
		end--;
	for (start = end; start > 0 && data[start - 1] >= '0' && data[start - 1] <= '9';)
		start--;
	while (start < end && data[start] == '0')
		start++;
	appendBinaryStringInfo(buffer, data + start, end - start);
	if (folded.data != NULL)
		pfree(folded.data);
	return end > start;
}

/*
 * Insertions, deletions, substitutions and exchanges of neighbours, each
 * place edited once (optimal string alignment), within a band of two.
 */
int
number_distance(const char *a, int a_length, const char *b, int b_length)
{
#define BAND	(2 * NUMBER_DISTANCE_MAX + 1)
	int			rows[3][BAND];	/* [i % 3][j - i + NUMBER_DISTANCE_MAX] */
	int			more = NUMBER_DISTANCE_MAX + 1;
	int			least_before = 0;

	if (abs(a_length - b_length) > NUMBER_DISTANCE_MAX)
		return more;
	while (a_length > 0 && b_length > 0 && a[a_length - 1] == b[b_length - 1])
		a_length--, b_length--;
	while (a_length > 0 && b_length > 0 && *a == *b)
		a++, b++, a_length--, b_length--;
	for (int i = 0; i <= a_length; i++)
	{
		int		   *row = rows[i % 3];
		int			least = more;

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < BAND; k++)
		{
			int			j = i + k - NUMBER_DISTANCE_MAX;
			int			best = more;

			row[k] = more;
			if (j < 0 || j > b_length)
				continue;
			if (i == 0 || j == 0)
				best = i + j;
			else
			{
				best = rows[(i - 1) % 3][k] + (a[i - 1] != b[j - 1]);
				if (k + 1 < BAND)
					best = Min(best, rows[(i - 1) % 3][k + 1] + 1);
				if (k > 0)
					best = Min(best, row[k - 1] + 1);
				if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
					best = Min(best, rows[(i - 2) % 3][k] + 1);
			}
			row[k] = Min(best, more);
			least = Min(least, row[k]);
		}
		/* An exchange reaches two rows back. */
		if (least == more && least_before == more)
			return more;
		least_before = least;
	}
	return rows[a_length % 3][b_length - a_length + NUMBER_DISTANCE_MAX];
}

PG_FUNCTION_INFO_V1(ar_reference_key);
Datum
ar_reference_key(PG_FUNCTION_ARGS)
{
	text	   *reference = PG_GETARG_TEXT_PP(0);
	StringInfoData key;

	initStringInfo(&key);
	if (!reference_key(&key, VARDATA_ANY(reference), VARSIZE_ANY_EXHDR(reference)))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(key.data, key.len));
}

PG_FUNCTION_INFO_V1(ar_reference_number);
Datum
ar_reference_number(PG_FUNCTION_ARGS)
{
	text	   *reference = PG_GETARG_TEXT_PP(0);
	StringInfoData number;

	initStringInfo(&number);
	if (!reference_number(&number, VARDATA_ANY(reference), VARSIZE_ANY_EXHDR(reference)))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(number.data, number.len));
}

/* The key with each run of digits as 9{length}; none without digits. */
PG_FUNCTION_INFO_V1(ar_reference_pattern);
Datum
ar_reference_pattern(PG_FUNCTION_ARGS)
{
	text	   *reference = PG_GETARG_TEXT_PP(0);
	StringInfoData key;
	StringInfoData pattern;
	bool		has_digits = false;
	int			end;

	initStringInfo(&key);
	initStringInfo(&pattern);
	reference_key(&key, VARDATA_ANY(reference), VARSIZE_ANY_EXHDR(reference));
	for (int i = 0; i < key.len; i = end)
	{
		for (end = i; end < key.len && key.data[end] >= '0' && key.data[end] <= '9';)
			end++;
		if (end > i)
		{
			appendStringInfo(&pattern, "9{%d}", end - i);
			has_digits = true;
		}
		else
		{
			appendStringInfoCharMacro(&pattern, key.data[i]);
			end++;
		}
	}
	if (!has_digits)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(pattern.data, pattern.len));
}

PG_FUNCTION_INFO_V1(ar_number_distance);
Datum
ar_number_distance(PG_FUNCTION_ARGS)
{
	text	   *a = PG_GETARG_TEXT_PP(0);
	text	   *b = PG_GETARG_TEXT_PP(1);

	PG_RETURN_INT32(number_distance(VARDATA_ANY(a), VARSIZE_ANY_EXHDR(a),
									VARDATA_ANY(b), VARSIZE_ANY_EXHDR(b)));
}
