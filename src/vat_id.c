/*
 * vat_id.c
 *		Value added tax identification numbers of the European Union, Great
 *		Britain and Northern Ireland.
 *
 * A table of the forms each country gives out.  Most check digits make a
 * weighted sum with a known remainder; the others have a function.
 */
#include "postgres.h"

#include "checks.h"
#include "compat.h"
#include "utils/builtins.h"

#define MAX_WEIGHTS		10

typedef struct VatForm
{
	const char *country;
	const char *pattern;		/* what follows the country, as in code_matches() */
	bool		(*check) (const char *id, int length);
	int			modulus;		/* of the weighted sum; 0 where there is none */
	int8		weights[MAX_WEIGHTS];	/* the check digit's is the last */
} VatForm;

static int
digit(const char *id, int i)
{
	return id[i] - '0';
}

static int
number(const char *id, int length)
{
	int			result = 0;

	for (int i = 0; i < length; i++)
		result = result * 10 + digit(id, i);
	return result;
}

/* The digits of twice a digit, added up. */
static int
doubled(int value)
{
	return value < 5 ? 2 * value : 2 * value - 9;
}

/* Luhn's sum: every second digit from the right is doubled. */
static int
luhn(const char *id, int length)
{
	int			sum = 0;

	for (int i = 0; i < length; i++)
		sum += (length - i) % 2 ? digit(id, i) : doubled(digit(id, i));
	return sum % 10;
}

/* ISO 7064, MOD 11,10 */
static bool
check_mod_11_10(const char *id, int length)
{
	int			rest = 10;

	for (int i = 0; i < length - 1; i++)
	{
		rest = (rest + digit(id, i)) % 10;
		rest = (rest ? rest : 10) * 2 % 11;
	}
	return (rest + digit(id, length - 1)) % 10 == 1;
}

static bool
check_luhn(const char *id, int length)
{
	return luhn(id, length) == 0;
}

static bool
check_at(const char *id, int length)
{
	(void) length;
	return (luhn(id + 1, 7) + 4 + digit(id, 8)) % 10 == 0;
}

static bool
check_be(const char *id, int length)
{
	(void) length;
	return 97 - number(id, 8) % 97 == number(id + 8, 2);
}

/* Weights of 1, 2, ..., and of 3, 4, ... where these leave 10. */
static bool
check_bg(const char *id, int length)
{
	static const int8 weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	int			rest = code_weighted_sum(id, weights, length - 1) % 11;

	if (rest == 10)
		rest = code_weighted_sum(id, weights + 2, length - 1) % 11 % 10;
	return rest == digit(id, length - 1);
}

static bool
check_cy(const char *id, int length)
{
	static const int8 odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
	int			sum = 0;

	for (int i = 0; i < length - 1; i++)
		sum += i % 2 ? digit(id, i) : odd[digit(id, i)];
	return id[length - 1] == 'A' + sum % 26;
}

static bool
check_cz(const char *id, int length)
{
	static const int8 weights[] = {8, 7, 6, 5, 4, 3, 2};

	(void) length;
	return id[0] != '9' &&
		(11 - code_weighted_sum(id, weights, 7) % 11) % 10 == digit(id, 7);
}

static bool
check_el(const char *id, int length)
{
	int			sum = 0;

	for (int i = 0; i < length - 1; i++)
		sum = (sum + digit(id, i)) * 2;
	return sum % 11 % 10 == digit(id, length - 1);
}

static char
spanish_letter(int value)
{
	return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23];
}

/* A citizen's: eight digits and a letter. */
static bool
check_es_citizen(const char *id, int length)
{
	(void) length;
	return id[8] == spanish_letter(number(id, 8));
}

/* A foreigner's X, Y or Z stands for 0, 1 or 2; K, L and M do not count. */
static bool
check_es_person(const char *id, int length)
{
	int			first = strchr("XYZ", id[0]) ? id[0] - 'X' : 0;

	(void) length;
	return strchr("KLMXYZ", id[0]) != NULL &&
		id[8] == spanish_letter(first * 10000000 + number(id + 1, 7));
}

/* A legal person's check character is a digit or the letter for it. */
static bool
check_es_company(const char *id, int length)
{
	int			check = 0;

	(void) length;
	if (strchr("ABCDEFGHJNPQRSUVW", id[0]) == NULL)
		return false;
	for (int i = 1; i < 8; i++)
		check += i % 2 ? doubled(digit(id, i)) : digit(id, i);
	check = (10 - check % 10) % 10;
	return id[8] == '0' + check || id[8] == "JABCDEFGHI"[check];
}

/* A key and the company's SIREN, whose check digit Monaco does without. */
static bool
check_fr(const char *id, int length)
{
	const char *siren = id + 2;

	(void) length;
	if (memchr(id, 'O', 2) || memchr(id, 'I', 2))
		return false;
	if (memcmp(siren, "000", 3) != 0 && luhn(siren, 9) != 0)
		return false;
	return !code_matches(id, 2, "99") ||
		number(id, 2) == code_modulo_97("12", 2, number(siren, 9) % 97);
}

/* Of seven digits, a check letter and perhaps another letter. */
static char
irish_letter(const char *digits, int more)
{
	static const int8 weights[] = {8, 7, 6, 5, 4, 3, 2};

	return "WABCDEFGHIJKLMNOPQRSTUV"[(code_weighted_sum(digits, weights, 7) + 9 * more) % 23];
}

static bool
check_ie(const char *id, int length)
{
	int			more = 0;

	if (length == 9)
	{
		if (id[8] != 'W' && (id[8] < 'A' || id[8] > 'I'))
			return false;
		more = id[8] == 'W' ? 0 : id[8] - 'A' + 1;
	}
	return id[7] == irish_letter(id, more);
}

/* Before 2013: the second digit moved behind, a letter, + or * in its place. */
static bool
check_ie_old(const char *id, int length)
{
	char		digits[7] = {'0'};

	(void) length;
	memcpy(digits + 1, id + 2, 5);
	digits[6] = id[0];
	return id[7] == irish_letter(digits, 0);
}

/* Weights go from 1 to 9 in turn, from 3 where these leave 10. */
static bool
check_lt(const char *id, int length)
{
	static const int8 weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4};
	int			rest = code_weighted_sum(id, weights, length - 1) % 11;

	if (rest == 10)
		rest = code_weighted_sum(id, weights + 2, length - 1) % 11 % 10;
	return id[length - 2] == '1' && rest == digit(id, length - 1);
}

static bool
check_lu(const char *id, int length)
{
	(void) length;
	return number(id, 6) % 89 == number(id + 6, 2);
}

static bool
check_lv(const char *id, int length)
{
	static const int8 weights[] = {9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1};

	/* Those of natural persons begin with a day; not all have a check digit. */
	return id[0] <= '3' || code_weighted_sum(id, weights, length) % 11 == 3;
}

/* Since 2020 over all of it; before over the nine digits. */
static bool
check_nl(const char *id, int length)
{
	static const int8 weights[] = {9, 8, 7, 6, 5, 4, 3, 2, -1};

	return code_weighted_sum(id, weights, 9) % 11 == 0 ||
		code_modulo_97(id, length, code_modulo_97("NL", 2, 0)) == 1;
}

static bool
check_pt(const char *id, int length)
{
	static const int8 weights[] = {9, 8, 7, 6, 5, 4, 3, 2};
	int			check = 11 - code_weighted_sum(id, weights, 8) % 11;

	(void) length;
	return id[0] != '0' && (check >= 10 ? 0 : check) == digit(id, 8);
}

/* Two to ten digits; the weights stand from the right. */
static bool
check_ro(const char *id, int length)
{
	static const int8 weights[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};

	return id[0] != '0' &&
		code_weighted_sum(id, weights + 10 - length, length - 1) * 10 % 11 % 10 ==
		digit(id, length - 1);
}

static bool
check_se(const char *id, int length)
{
	(void) length;
	return luhn(id, 10) == 0 && memcmp(id + 10, "00", 2) != 0;
}

static bool
check_si(const char *id, int length)
{
	static const int8 weights[] = {8, 7, 6, 5, 4, 3, 2};
	int			rest = code_weighted_sum(id, weights, 7) % 11;

	(void) length;
	return id[0] != '0' && rest != 0 && (11 - rest) % 10 == digit(id, 7);
}

static bool
check_sk(const char *id, int length)
{
	(void) length;
	return id[0] != '0' && strchr("234789", id[2]) != NULL &&
		(number(id, 5) % 11 * (100000 % 11) + number(id + 5, 5)) % 11 == 0;
}

/* Numbers given out since 2009 have 55 added to their sum. */
static bool
check_gb(const char *id, int length)
{
	static const int8 weights[] = {8, 7, 6, 5, 4, 3, 2, 10, 1};
	int			rest = code_weighted_sum(id, weights, 9) % 97;

	(void) length;
	return rest == 0 || rest == 42;
}

static bool
check_gb_government(const char *id, int length)
{
	(void) length;
	return id[2] < '5';
}

static bool
check_gb_health(const char *id, int length)
{
	(void) length;
	return id[2] >= '5';
}

#define CHECKED(country, pattern, check)	{country, pattern, check, 0, {0}}
#define SUMMED(country, pattern, modulus, ...) \
	{country, pattern, NULL, modulus, {__VA_ARGS__}}

static const VatForm forms[] = {
	CHECKED("AT", "U99999999", check_at),
	CHECKED("BE", "0999999999", check_be),
	CHECKED("BE", "1999999999", check_be),
	CHECKED("BG", "999999999", check_bg),
	CHECKED("BG", "9999999999", NULL),
	CHECKED("CY", "99999999A", check_cy),
	CHECKED("CZ", "99999999", check_cz),
	CHECKED("CZ", "999999999", NULL),
	CHECKED("CZ", "9999999999", NULL),
	CHECKED("DE", "999999999", check_mod_11_10),
	SUMMED("DK", "99999999", 11, 2, 7, 6, 5, 4, 3, 2, 1),
	SUMMED("EE", "999999999", 10, 3, 7, 1, 3, 7, 1, 3, 7, 1),
	CHECKED("EL", "999999999", check_el),
	CHECKED("ES", "99999999A", check_es_citizen),
	CHECKED("ES", "A9999999A", check_es_person),
	CHECKED("ES", "A9999999X", check_es_company),
	SUMMED("FI", "99999999", 11, 7, 9, 10, 5, 8, 4, 2, 1),
	CHECKED("FR", "XX999999999", check_fr),
	CHECKED("GB", "999999999", check_gb),
	CHECKED("GB", "999999999999", check_gb),
	CHECKED("GB", "GD999", check_gb_government),
	CHECKED("GB", "HA999", check_gb_health),
	CHECKED("HR", "99999999999", check_mod_11_10),
	SUMMED("HU", "99999999", 10, 9, 7, 3, 1, 9, 7, 3, 1),
	CHECKED("IE", "9999999A", check_ie),
	CHECKED("IE", "9999999AA", check_ie),
	CHECKED("IE", "9A99999A", check_ie_old),
	CHECKED("IE", "9+99999A", check_ie_old),
	CHECKED("IE", "9*99999A", check_ie_old),
	CHECKED("IT", "99999999999", check_luhn),
	CHECKED("LT", "999999999", check_lt),
	CHECKED("LT", "999999999999", check_lt),
	CHECKED("LU", "99999999", check_lu),
	CHECKED("LV", "99999999999", check_lv),
	SUMMED("MT", "99999999", 37, 3, 4, 6, 7, 8, 9, 10, 1),
	CHECKED("NL", "999999999B99", check_nl),
	SUMMED("PL", "9999999999", 11, 6, 5, 7, 2, 3, 4, 5, 6, 7, -1),
	CHECKED("PT", "999999999", check_pt),
	CHECKED("RO", "99", check_ro),
	CHECKED("RO", "999", check_ro),
	CHECKED("RO", "9999", check_ro),
	CHECKED("RO", "99999", check_ro),
	CHECKED("RO", "999999", check_ro),
	CHECKED("RO", "9999999", check_ro),
	CHECKED("RO", "99999999", check_ro),
	CHECKED("RO", "999999999", check_ro),
	CHECKED("RO", "9999999999", check_ro),
	CHECKED("SE", "999999999999", check_se),
	CHECKED("SI", "99999999", check_si),
	CHECKED("SK", "9999999999", check_sk),
	CHECKED("XI", "999999999", check_gb),
	CHECKED("XI", "999999999999", check_gb),
	CHECKED("XI", "GD999", check_gb_government),
	CHECKED("XI", "HA999", check_gb_health),
};

/* That the check digits of nothing but zeros are right says nothing. */
static bool
has_digit_but_0(const char *id, int length)
{
	for (int i = 0; i < length; i++)
	{
		if (id[i] >= '1' && id[i] <= '9')
			return true;
	}
	return false;
}

static bool
is_of_form(const VatForm *form, const char *id, int length)
{
	if (!code_matches(id, length, form->pattern))
		return false;
	if (form->modulus > 0)
		return code_weighted_sum(id, form->weights, length) % form->modulus == 0;
	return form->check == NULL || form->check(id, length);
}

static bool
vat_id_is_valid(const char *code, int length)
{
	if (length < 2 || !has_digit_but_0(code + 2, length - 2))
		return false;
	for (size_t i = 0; i < lengthof(forms); i++)
	{
		if (memcmp(code, forms[i].country, 2) == 0 &&
			is_of_form(&forms[i], code + 2, length - 2))
			return true;
	}
	return false;
}

DEFINE_CHECK(vat_id_is_valid);
