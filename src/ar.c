/*
 * ar.c
 *		The library's entry point.
 */
#include "postgres.h"

#include "clocks.h"
#include "compat.h"
#include "utils/builtins.h"

AR_MODULE_MAGIC;

extern void _PG_init(void);

void
_PG_init(void)
{
	clocks_define_settings();
}

/* The version the library was built as; the SQL side has its own. */
PG_FUNCTION_INFO_V1(ar_version);
Datum
ar_version(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	return CStringGetTextDatum(AR_VERSION);
}
