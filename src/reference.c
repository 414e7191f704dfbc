/*
 * reference.c
 *		Check digits of structured payment references.
 */
#include "postgres.h"

#include "checks.h"
#include "compat.h"
#include "reference.h"
#include "utils/builtins.h"

#define RF_MAX_LENGTH		25
#define QRR_LENGTH			27
#define FI_MIN_LENGTH		4
#define FI_MAX_LENGTH		20
#define CLEAN_LENGTH		64	/* more than any standard has */

static bool
all_digits(const char *reference, int length)
{
	for (int i = 0; i < length; i++)
		if (!is_digit(reference[i]))
			return false;
	return true;
}

static bool
all_zeros(const char *reference, int length)
{
	for (int i = 0; i < length; i++)
		if (reference[i] != '0')
			return false;
	return true;
}

/* ISO 11649: what the four characters in front leave once they are moved behind. */
static int
rf_rest(const char *reference, int length)
{
	return code_modulo_97(reference, 4, code_modulo_97(reference + 4, length - 4, 0));
}

static bool
rf_is_valid(const char *reference, int length)
{
	if (length < 5 || length > RF_MAX_LENGTH || !code_matches(reference, 4, "RF99"))
		return false;
	for (int i = 4; i < length; i++)
		if (!is_digit(reference[i]) && !is_letter(reference[i]))
			return false;
	/* 00, 01 and 99 would do for the remainder, but are never given. */
	return memcmp(reference + 2, "02", 2) >= 0 && memcmp(reference + 2, "98", 2) <= 0 &&
		rf_rest(reference, length) == 1;
}

/* Modulo 10, recursive, as on Swiss payment slips. */
static char
qrr_check(const char *digits, int length)
{
	static const int8 table[] = {0, 9, 4, 6, 8, 2, 7, 1, 3, 5};
	int			carry = 0;

	for (int i = 0; i < length; i++)
		carry = table[(carry + digits[i] - '0') % 10];
	return '0' + (10 - carry) % 10;
}

static char
fi_check(const char *digits, int length)
{
	static const int8 weights[] = {7, 3, 1};
	int			sum = 0;

	for (int i = 0; i < length; i++)
		sum += (digits[length - 1 - i] - '0') * weights[i % 3];
	return '0' + (10 - sum % 10) % 10;
}

/* Luhn's: every second digit from the right, the last of these included, is doubled. */
static char
kid_mod10_check(const char *digits, int length)
{
	int			sum = 0;

	for (int i = 0; i < length; i++)
	{
		int			value = (digits[length - 1 - i] - '0') * (i % 2 ? 1 : 2);

		sum += value / 10 + value % 10;
	}
	return '0' + (10 - sum % 10) % 10;
}

static char
kid_mod11_check(const char *digits, int length)
{
	int			sum = 0;

	for (int i = 0; i < length; i++)
		sum += (digits[length - 1 - i] - '0') * (2 + i % 6);
	return "0123456789-"[(11 - sum % 11) % 11];
}

/* Digits and, behind them, the check that the function makes of them. */
static bool
ends_in_check(const char *reference, int length, char (*check) (const char *, int))
{
	return all_digits(reference, length - 1) && !all_zeros(reference, length) &&
		reference[length - 1] == check(reference, length - 1);
}

bool
reference_is_valid(ReferenceStandard standard, const char *reference, int length)
{
	switch (standard)
	{
		case REFERENCE_RF:
			return rf_is_valid(reference, length);
		case REFERENCE_CH_QRR:
			return length == QRR_LENGTH && ends_in_check(reference, length, qrr_check);
		case REFERENCE_FI:
			return length >= FI_MIN_LENGTH && length <= FI_MAX_LENGTH &&
				ends_in_check(reference, length, fi_check);
		case REFERENCE_NO_KID_MOD10:
			return length >= KID_MIN_LENGTH && length <= KID_MAX_LENGTH &&
				ends_in_check(reference, length, kid_mod10_check);
		case REFERENCE_NO_KID_MOD11:
			return length >= KID_MIN_LENGTH && length <= KID_MAX_LENGTH &&
				ends_in_check(reference, length, kid_mod11_check);
	}
	return false;
}

/* Without spaces, in upper case; -1 where it is too long for any standard. */
static int
clean(const text *reference, char *cleaned)
{
	const char *data = VARDATA_ANY(reference);
	int			length = VARSIZE_ANY_EXHDR(reference);
	int			n = 0;

	for (int i = 0; i < length; i++)
	{
		if (data[i] == ' ')
			continue;
		if (n == CLEAN_LENGTH)
			return -1;
		cleaned[n++] = data[i] >= 'a' && data[i] <= 'z' ? data[i] - 'a' + 'A' : data[i];
	}
	return n;
}

static bool
text_is(const text *value, const char *name)
{
	return VARSIZE_ANY_EXHDR(value) == strlen(name) &&
		memcmp(VARDATA_ANY(value), name, strlen(name)) == 0;
}

static bool
is_valid_by_form(const char *reference, int length)
{
	if (length >= 2 && memcmp(reference, "RF", 2) == 0)
		return reference_is_valid(REFERENCE_RF, reference, length);
	return reference_is_valid(REFERENCE_CH_QRR, reference, length) ||
		reference_is_valid(REFERENCE_FI, reference, length);
}

/* Not strict: any standard that fits is meant where none is given. */
PG_FUNCTION_INFO_V1(ar_reference_is_valid);
Datum
ar_reference_is_valid(PG_FUNCTION_ARGS)
{
	char		reference[CLEAN_LENGTH];
	int			length;
	text	   *standard;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	length = clean(PG_GETARG_TEXT_PP(0), reference);
	if (PG_ARGISNULL(1))
		PG_RETURN_BOOL(is_valid_by_form(reference, length));
	standard = PG_GETARG_TEXT_PP(1);
	if (text_is(standard, "rf"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_RF, reference, length));
	if (text_is(standard, "ch_qrr"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_CH_QRR, reference, length));
	if (text_is(standard, "fi"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_FI, reference, length));
	if (text_is(standard, "no_kid_mod10"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_NO_KID_MOD10, reference, length));
	if (text_is(standard, "no_kid_mod11"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_NO_KID_MOD11, reference, length));
	if (text_is(standard, "no_kid"))
		PG_RETURN_BOOL(reference_is_valid(REFERENCE_NO_KID_MOD10, reference, length) ||
					   reference_is_valid(REFERENCE_NO_KID_MOD11, reference, length));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no standard of references named \"%s\"", text_to_cstring(standard)),
			 errhint("Standards are rf, ch_qrr, fi, no_kid, no_kid_mod10 and no_kid_mod11.")));
}

static void
no_reference(const text *reference, const char *standard, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot be made a reference of standard %s",
					text_to_cstring(reference), standard),
			 errdetail("Before its check digits it has %s; spaces do not count.", what)));
}

/* The reference's digits, with the check behind them, at the end of a buffer of zeros. */
static int
make_of_digits(const text *given, const char *standard, int min, int max, const char *what,
			   int padded_to, char (*check) (const char *, int), char *made)
{
	char		digits[CLEAN_LENGTH];
	int			n = clean(given, digits);
	int			length = Max(n, padded_to);

	if (n < min || n > max || !all_digits(digits, n) || all_zeros(digits, n))
		no_reference(given, standard, what);
	memset(made, '0', length - n);
	memcpy(made + length - n, digits, n);
	made[length] = check(made, length);
	return length + 1;
}

#define FI_DIGITS	"3 to 19 digits, not all zero"

static int
make_rf(const text *given, const char *standard, const char *characters, int n, char *made)
{
	int			check;

	if (n < 1 || n > RF_MAX_LENGTH - 4)
		no_reference(given, standard, "1 to 21 digits and letters");
	for (int i = 0; i < n; i++)
		if (!is_digit(characters[i]) && !is_letter(characters[i]))
			no_reference(given, standard, "1 to 21 digits and letters");
	memcpy(made, "RF00", 4);
	memcpy(made + 4, characters, n);
	check = 98 - rf_rest(made, n + 4);
	made[2] = '0' + check / 10;
	made[3] = '0' + check % 10;
	return n + 4;
}

PG_FUNCTION_INFO_V1(ar_make_reference);
Datum
ar_make_reference(PG_FUNCTION_ARGS)
{
	text	   *standard = PG_GETARG_TEXT_PP(0);
	text	   *given = PG_GETARG_TEXT_PP(1);
	char		characters[CLEAN_LENGTH];
	char		made[CLEAN_LENGTH];
	int			n;

	if (text_is(standard, "rf"))
	{
		n = clean(given, characters);
		n = make_rf(given, "rf", characters, n, made);
	}
	else if (text_is(standard, "fi_rf"))
	{
		int			zeros = 0;

		/* Within RF the national reference stands without leading zeros. */
		n = make_of_digits(given, "fi_rf", FI_MIN_LENGTH - 1, FI_MAX_LENGTH - 1, FI_DIGITS,
						   0, fi_check, characters);
		while (characters[zeros] == '0')
			zeros++;
		n = make_rf(given, "fi_rf", characters + zeros, n - zeros, made);
	}
	else if (text_is(standard, "fi"))
		n = make_of_digits(given, "fi", FI_MIN_LENGTH - 1, FI_MAX_LENGTH - 1, FI_DIGITS,
						   0, fi_check, made);
	else if (text_is(standard, "ch_qrr"))
		n = make_of_digits(given, "ch_qrr", 1, QRR_LENGTH - 1, "1 to 26 digits, not all zero",
						   QRR_LENGTH - 1, qrr_check, made);
	else if (text_is(standard, "no_kid_mod10"))
		n = make_of_digits(given, "no_kid_mod10", KID_MIN_LENGTH - 1, KID_MAX_LENGTH - 1,
						   "1 to 24 digits, not all zero", 0, kid_mod10_check, made);
	else if (text_is(standard, "no_kid_mod11"))
		n = make_of_digits(given, "no_kid_mod11", KID_MIN_LENGTH - 1, KID_MAX_LENGTH - 1,
						   "1 to 24 digits, not all zero", 0, kid_mod11_check, made);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("references of standard \"%s\" cannot be made", text_to_cstring(standard)),
				 errhint("Standards are rf, ch_qrr, fi, fi_rf, no_kid_mod10 and no_kid_mod11.")));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(made, n));
}
