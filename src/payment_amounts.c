/*
 * payment_amounts.c
 *		Amounts in the text of a payment.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "payment_text.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_GROUPS			12
#define MAX_AMOUNT_DIGITS	30
#define CURRENCIES			(WORD_CURRENCY | WORD_CURRENCY_3)

/* A sign of a currency, or the end or begin of a word for one. */
static uint16
currency_at(const PaymentText *payment, int i, int piece)
{
	pg_wchar	c = char_at(payment, i);

	if (c == '$')
		return WORD_CURRENCY;
	if (GetDatabaseEncoding() == PG_UTF8 &&
		((c >= 0xA2 && c <= 0xA5) || (c >= 0x20A0 && c <= 0x20CF)))
		return WORD_CURRENCY;
	if (piece >= 0 && piece < payment->n && i >= payment->pieces[piece].start &&
		i < payment->pieces[piece].end)
		return payment->pieces[piece].word & CURRENCIES;
	return 0;
}

static uint16
currency_before(const PaymentText *payment, int piece)
{
	int			i = payment->pieces[piece].start - 1;

	for (int skipped = 0; skipped < 3; skipped++)
	{
		pg_wchar	c = char_at(payment, i);

		if (!is_space(c) && c != '-' && c != '+' && c != '(')
			break;
		i--;
	}
	if (piece > 0 && i == payment->pieces[piece - 1].end - 1 && !starts_word(payment, piece - 1))
		return 0;
	return currency_at(payment, i, piece - 1);
}

static uint16
currency_behind(const PaymentText *payment, int piece, bool bare)
{
	int			i = payment->pieces[piece].end;
	uint16		currency;

	if (is_space(char_at(payment, i)) || char_at(payment, i) == '-')
		i++;
	currency = currency_at(payment, i, piece + 1);
	/* It may be the next number's. */
	if (currency && bare)
	{
		int			next = piece + 1;

		i++;
		if (next < payment->n && i > payment->pieces[next].start)
			i = payment->pieces[next++].end;
		if (is_space(char_at(payment, i)))
			i++;
		if (piece_is(payment, next, PIECE_DIGITS) && payment->pieces[next].start == i)
			return 0;
	}
	return currency;
}

/* Whether the groups of digits are an amount; at_decimals is then the index of its decimals, or n. */
static bool
is_amount(const int *lengths, const pg_wchar *marks, int n, uint16 currency, int *at_decimals)
{
	int			last = n - 1;
	int			groups = n;

	if (n > 1 && (marks[last] == '.' || marks[last] == ',') &&
		(lengths[last] == 2 ||
		 (lengths[last] == 1 && currency) ||
		 (lengths[last] == 3 && (currency & WORD_CURRENCY_3))) &&
		(n == 2 || marks[last - 1] != marks[last]))
		groups = last;
	else if (!currency)
		return false;
	*at_decimals = groups;
	if (groups == 1)
		return true;
	/* Thousands, or Indian lakhs and crores before the thousands. */
	if (lengths[0] > 3 || lengths[groups - 1] != 3)
		return false;
	for (int i = 1; i < groups; i++)
		if (marks[i] != marks[1] || (i < groups - 1 && lengths[i] != 3 &&
									 !(lengths[i] == 2 && lengths[0] <= 2 && marks[i] == ',')))
			return false;
	return true;
}

/* What must not stand behind an amount: letters, a percent sign, more of a number. */
static bool
ends_amount(const PaymentText *payment, int last)
{
	int			i = payment->pieces[last].end;
	pg_wchar	c = char_at(payment, i);

	if (!ends_word(payment, last) &&
		!(payment->pieces[last + 1].word & CURRENCIES))
		return false;
	if (c == '%' || (is_space(c) && char_at(payment, i + 1) == '%'))
		return false;
	return !((c == '.' || c == ',' || c == '/' || c == '-' || c == ':') &&
			 wide_is_digit(char_at(payment, i + 1)));
}

static int
amount_of_groups(const PaymentText *payment, int piece, bool spaces, StringInfo amount)
{
	const Piece *pieces = payment->pieces;
	int			lengths[MAX_GROUPS];
	pg_wchar	marks[MAX_GROUPS];	/* before each group but the first */
	int			n = 1;
	int			last = piece;
	int			digits;
	int			at_decimals;
	uint16		before = currency_before(payment, piece);
	uint16		currency;

	lengths[0] = digits = piece_length(payment, piece);
	marks[0] = 0;
	while (n < MAX_GROUPS && piece_is(payment, last + 1, PIECE_DIGITS) &&
		   pieces[last + 1].start == pieces[last].end + 1)
	{
		pg_wchar	c = char_at(payment, pieces[last].end);

		if (c != '.' && c != ',' && c != '\'' && c != WIDE_NBSP && !(c == ' ' && spaces))
			break;
		if (is_space(c) && piece_length(payment, last + 1) != 3)
			break;
		last++;
		marks[n] = c;
		lengths[n++] = piece_length(payment, last);
		digits += lengths[n - 1];
	}
	if (digits > MAX_AMOUNT_DIGITS || !ends_amount(payment, last))
		return -1;
	currency = before | currency_behind(payment, last, n == 1);
	if ((spaces && !currency) || !is_amount(lengths, marks, n, currency, &at_decimals))
		return -1;
	if (amount != NULL)
	{
		for (int i = 0; i < n; i++)
		{
			if (i == at_decimals)
				appendStringInfoChar(amount, '.');
			append_wide(amount, payment->text.chars + pieces[piece + i].start, lengths[i]);
		}
	}
	return last;
}

/*
 * The last piece of the amount that begins at the piece, -1 where none does:
 * a number with two decimals or with a currency.  Where there is one, spaces
 * may part its thousands, should the caller say so.  Appends its digits and point to the buffer.
 */
int
amount_at(const PaymentText *payment, int piece, bool spaces, StringInfo amount)
{
	const Piece *pieces = payment->pieces;
	int			last;
	pg_wchar	before;

	if (!piece_is(payment, piece, PIECE_DIGITS))
		return -1;
	if (!starts_word(payment, piece) &&
		!(pieces[piece - 1].word & CURRENCIES))
		return -1;
	before = char_at(payment, pieces[piece].start - 1);
	if ((before == '.' || before == ',' || before == '/' || before == '-' || before == ':') &&
		wide_is_digit(char_at(payment, pieces[piece].start - 2)))
		return -1;
	last = spaces ? amount_of_groups(payment, piece, true, amount) : -1;
	return last >= 0 ? last : amount_of_groups(payment, piece, false, amount);
}

PG_FUNCTION_INFO_V1(ar_extract_amounts);
Datum
ar_extract_amounts(PG_FUNCTION_ARGS)
{
	text	   *data = PG_GETARG_TEXT_PP(0);
	ArrayBuildState *amounts = initArrayResult(NUMERICOID, CurrentMemoryContext, false);
	PaymentText payment;
	StringInfoData amount;

	payment_text(&payment, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
	initStringInfo(&amount);
	for (int i = 0; i < payment.n;)
	{
		int			last;

		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&amount);
		if ((last = date_at(&payment, i)) < 0 &&
			(last = amount_at(&payment, i, true, &amount)) >= 0)
			accumArrayResult(amounts,
							 DirectFunctionCall3(numeric_in, CStringGetDatum(amount.data),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)),
							 false, NUMERICOID, CurrentMemoryContext);
		i = Max(i, last) + 1;
	}
	payment_text_free(&payment);
	PG_RETURN_DATUM(makeArrayResult(amounts, CurrentMemoryContext));
}
