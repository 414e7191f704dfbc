/*
 * compat.h
 *		What differs between the PostgreSQL versions we build for.
 */
#ifndef AR_COMPAT_H
#define AR_COMPAT_H

#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "ar needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
/* Before 16 an input function has no caller that could take a soft error. */
#define ereturn(escontext, dummy_value, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

#if PG_VERSION_NUM >= 180000
#define AR_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "ar", .version = AR_VERSION)
#else
#define AR_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* Macros, for what they call is declared elsewhere. */
#if PG_VERSION_NUM >= 180000
#define get_primary_key_index(relation) RelationGetPrimaryKeyIndex(relation, false)
#define begin_index_scan(relation, index, snapshot, nkeys) \
	index_beginscan(relation, index, snapshot, NULL, nkeys, 0)
#else
#define get_primary_key_index(relation) RelationGetPrimaryKeyIndex(relation)
#define begin_index_scan(relation, index, snapshot, nkeys) \
	index_beginscan(relation, index, snapshot, nkeys, 0)
#endif

#endif							/* AR_COMPAT_H */
