/*
 * checks.c
 *		Whether identifiers are written as their standards demand.
 *
 * These answer false, never an error, whatever text they get: they serve the
 * import, which must name every fault of every row.
 */
#include "postgres.h"

#include "checks.h"
#include "compat.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

#define USCC_LENGTH			18
#define USCC_PREFIX			"##999999#########"	/* all but the check character */
#define USCC_MODULUS		31
#define RESIDENT_ID_LENGTH	18
#define FIRST_BIRTH_YEAR	1800
#define IBAN_MAX_LENGTH		34

/* No I, O, S, V, Z, which are easily misread. */
static const char uscc_characters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int
uscc_value(char c)
{
	const char *found = memchr(uscc_characters, c, USCC_MODULUS);

	return found ? found - uscc_characters : -1;
}

/*
 * Whether the code is as the pattern: 9 a digit, A a letter, X a digit or a
 * letter, # a character of the unified social credit code, x a digit or X;
 * any other stands for itself.
 */
bool
code_matches(const char *code, int length, const char *pattern)
{
	if ((size_t) length != strlen(pattern))
		return false;
	for (int i = 0; i < length; i++)
	{
		char		c = code[i];
		bool		matched;

		switch (pattern[i])
		{
			case '9':
				matched = is_digit(c);
				break;
			case 'A':
				matched = is_letter(c);
				break;
			case 'X':
				matched = is_digit(c) || is_letter(c);
				break;
			case '#':
				matched = uscc_value(c) >= 0;
				break;
			case 'x':
				matched = is_digit(c) || c == 'X';
				break;
			default:
				matched = c == pattern[i];
		}
		if (!matched)
			return false;
	}
	return true;
}

/* Of digits and upper case letters. */
int
code_weighted_sum(const char *code, const int8 *weights, int n)
{
	int			sum = 0;

	for (int i = 0; i < n; i++)
		sum += weights[i] * alphanumeric_value(code[i]);
	return sum;
}

/*
 * The remainder by 97 of the number that digits and letters, these as 10 to
 * 35, make after what has the given remainder already.
 */
int
code_modulo_97(const char *code, int length, int rest)
{
	for (int i = 0; i < length; i++)
		rest = (rest * (is_digit(code[i]) ? 10 : 100) +
				alphanumeric_value(code[i])) % 97;
	return rest;
}

/* GB 32100-2015; the weight of each character is three times the last one's. */
static char
uscc_check_character(const char *code)
{
	int			sum = 0;
	int			weight = 1;

	for (int i = 0; i < USCC_LENGTH - 1; i++)
	{
		sum += uscc_value(code[i]) * weight;
		weight = weight * 3 % USCC_MODULUS;
	}
	return uscc_characters[(USCC_MODULUS - sum % USCC_MODULUS) % USCC_MODULUS];
}

static bool
uscc_is_valid(const char *code, int length)
{
	return code_matches(code, length, USCC_PREFIX "#") &&
		code[USCC_LENGTH - 1] == uscc_check_character(code);
}

/* GB 11714 */
static bool
organisation_code_is_valid(const char *code, int length)
{
	static const int8 weights[] = {3, 7, 9, 10, 5, 8, 4, 2};

	if (!code_matches(code, length, "XXXXXXXXx") &&
		!code_matches(code, length, "XXXXXXXX-x"))
		return false;
	/* A remainder of 0 gives 0, one of 1 gives X. */
	return code[length - 1] == "0X987654321"[code_weighted_sum(code, weights, 8) % 11];
}

static int
two_digits(const char *digits)
{
	return (digits[0] - '0') * 10 + digits[1] - '0';
}

static bool
is_birth_date(int year, const char *month_and_day)
{
	int			month = two_digits(month_and_day);
	int			day = two_digits(month_and_day + 2);

	return year >= FIRST_BIRTH_YEAR && month >= 1 && month <= MONTHS_PER_YEAR &&
		day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

/* GB 11643: region, date of birth, sequence, check character. */
static bool
resident_id_is_valid(const char *code, int length)
{
	static const int8 weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	if (!code_matches(code, length, "99999999999999999x") || code[0] == '0')
		return false;
	return is_birth_date(two_digits(code + 6) * 100 + two_digits(code + 8), code + 10) &&
		code[RESIDENT_ID_LENGTH - 1] == "10X98765432"[code_weighted_sum(code, weights, 17) % 11];
}

/* The individuals' id of 15 digits that came before, born in the 1900s. */
static bool
old_resident_id_is_valid(const char *code)
{
	return code_matches(code, 15, "999999999999999") && code[0] != '0' &&
		is_birth_date(1900 + two_digits(code + 6), code + 8);
}

/*
 * 15: region and organisation code, or an individual's old id.  17 and 20: a
 * business of an individual, whose id is followed by two characters.
 */
static bool
cn_tax_id_is_valid(const char *code, int length)
{
	switch (length)
	{
		case 15:
			return code_matches(code, length, "999999XXXXXXXXX");
		case 17:
			return old_resident_id_is_valid(code) && code_matches(code + 15, 2, "XX");
		case 18:
			return uscc_is_valid(code, length) || resident_id_is_valid(code, length);
		case 20:
			return resident_id_is_valid(code, RESIDENT_ID_LENGTH) &&
				code_matches(code + RESIDENT_ID_LENGTH, 2, "XX");
		default:
			return false;
	}
}

/* ISO 17442 */
static bool
lei_is_valid(const char *code, int length)
{
	return code_matches(code, length, "XXXXXXXXXXXXXXXXXX99") &&
		code_modulo_97(code, length, 0) == 1;
}

/* The length for a country, 0 for one that has none. */
static int
iban_length(const char *country)
{
	static const char *const countries[] = {
		[15] = "NO",
		[16] = "BE",
		[18] = "DK FI FK FO GL NL SD",
		[19] = "MK SI",
		[20] = "AT BA EE KZ LT LU MN XK",
		[21] = "CH HR LI LV",
		[22] = "BG BH CR DE GB GE IE ME RS VA",
		[23] = "AE GI IL IQ OM SO TL",
		[24] = "AD CZ ES MD PK RO SA SE SK TN VG",
		[25] = "LY PT ST",
		[26] = "IS TR",
		[27] = "BI DJ FR GR IT MC MR SM",
		[28] = "AL AZ BY CY DO GT HN HU LB NI PL SV",
		[29] = "BR EG PS QA UA",
		[30] = "JO KW MU YE",
		[31] = "MT SC",
		[32] = "LC",
		[33] = "RU",
	};

	for (int length = 0; length < (int) lengthof(countries); length++)
	{
		for (const char *c = countries[length]; c && *c; c += c[2] ? 3 : 2)
		{
			if (c[0] == country[0] && c[1] == country[1])
				return length;
		}
	}
	return 0;
}

/* ISO 13616: the country and check digits count as if they came last. */
bool
iban_is_valid(const char *code, int length)
{
	char		iban[IBAN_MAX_LENGTH];
	int			n = 0;

	for (int i = 0; i < length; i++)
	{
		if (code[i] == ' ')
			continue;
		if (n == IBAN_MAX_LENGTH || !(is_digit(code[i]) || is_letter(code[i])))
			return false;
		iban[n++] = code[i];
	}
	return n >= 4 && code_matches(iban, 4, "AA99") && n == iban_length(iban) &&
		/* 00, 01 and 99 would do for the remainder, but are never given. */
		memcmp(iban + 2, "02", 2) >= 0 && memcmp(iban + 2, "98", 2) <= 0 &&
		code_modulo_97(iban, 4, code_modulo_97(iban + 4, n - 4, 0)) == 1;
}

DEFINE_CHECK(uscc_is_valid);
DEFINE_CHECK(organisation_code_is_valid);
DEFINE_CHECK(resident_id_is_valid);
DEFINE_CHECK(cn_tax_id_is_valid);
DEFINE_CHECK(lei_is_valid);
DEFINE_CHECK(iban_is_valid);

PG_FUNCTION_INFO_V1(ar_uscc_check_character);
Datum
ar_uscc_check_character(PG_FUNCTION_ARGS)
{
	text	   *code = PG_GETARG_TEXT_PP(0);
	const char *data = VARDATA_ANY(code);
	int			length = VARSIZE_ANY_EXHDR(code);
	char		check;

	if (!code_matches(data, length, USCC_PREFIX) &&
		!code_matches(data, length, USCC_PREFIX "#"))
		PG_RETURN_NULL();
	check = uscc_check_character(data);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(&check, 1));
}

/* Not strict: an invoice of 20 digits has no code. */
PG_FUNCTION_INFO_V1(ar_fapiao_number_is_valid);
Datum
ar_fapiao_number_is_valid(PG_FUNCTION_ARGS)
{
	text	   *number;
	int			number_length;
	text	   *code;
	const char *code_data = "";
	int			code_length = 0;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	number = PG_GETARG_TEXT_PP(0);
	number_length = VARSIZE_ANY_EXHDR(number);
	if (!PG_ARGISNULL(1))
	{
		code = PG_GETARG_TEXT_PP(1);
		code_data = VARDATA_ANY(code);
		code_length = VARSIZE_ANY_EXHDR(code);
	}
	if (code_length == 0)
		PG_RETURN_BOOL(code_matches(VARDATA_ANY(number), number_length, "99999999999999999999"));
	PG_RETURN_BOOL(code_matches(VARDATA_ANY(number), number_length, "99999999") &&
				   (code_matches(code_data, code_length, "9999999999") ||
					code_matches(code_data, code_length, "999999999999")));
}

static void
check_number(Numeric value, const char *name)
{
	if (numeric_is_nan(value) || numeric_is_inf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be NaN or infinite", name),
				 errhint("Leave out what is not known: null gives null.")));
}

PG_FUNCTION_INFO_V1(ar_vat_is_consistent);
Datum
ar_vat_is_consistent(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"net amount", "tax rate", "tax", "tolerance"};
	Datum		difference;

	for (int i = 0; i < 4; i++)
		check_number(PG_GETARG_NUMERIC(i), names[i]);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, PG_GETARG_DATUM(3),
										 NumericGetDatum(int64_to_numeric(0)))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tolerance must not be negative"),
				 errdetail("The tolerance is %s.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(3)))),
				 errhint("Give 0 for none.")));
	difference = DirectFunctionCall2(numeric_mul, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	difference = DirectFunctionCall2(numeric_sub, difference, PG_GETARG_DATUM(2));
	difference = DirectFunctionCall1(numeric_abs, difference);
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_le, difference, PG_GETARG_DATUM(3)));
}
