/*
 * checks.h
 *		What the checks of identifiers have in common.
 *
 * An identifier is a run of bytes; whatever is not plain ASCII matches nothing.
 */
#ifndef AR_CHECKS_H
#define AR_CHECKS_H

#include "postgres.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* 0 to 9 for digits, 10 to 35 for letters. */
static inline int
alphanumeric_value(char c)
{
	return is_digit(c) ? c - '0' : c - 'A' + 10;
}

extern bool code_matches(const char *code, int length, const char *pattern);
extern int	code_weighted_sum(const char *code, const int8 *weights, int n);
extern int	code_modulo_97(const char *code, int length, int rest);
extern bool iban_is_valid(const char *code, int length);

/* The SQL face of a check of one text. */
#define DEFINE_CHECK(name) \
	PG_FUNCTION_INFO_V1(ar_##name); \
	Datum \
	ar_##name(PG_FUNCTION_ARGS) \
	{ \
		text	   *code = PG_GETARG_TEXT_PP(0); \
		PG_RETURN_BOOL(name(VARDATA_ANY(code), VARSIZE_ANY_EXHDR(code))); \
	} \
	extern Datum ar_##name(PG_FUNCTION_ARGS)

#endif							/* AR_CHECKS_H */
