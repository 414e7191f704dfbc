/*
 * kept_plan.h
 *		Queries whose plan is kept for the session.
 */
#ifndef AR_KEPT_PLAN_H
#define AR_KEPT_PLAN_H

#include "postgres.h"

#include "executor/spi.h"

extern void keep_plan(SPIPlanPtr *plan, const char *query, int nargs, Oid *types);
extern void execute_kept(SPIPlanPtr *plan, const char *query, int nargs,
						 Oid *types, Datum *values, const char *nulls,
						 bool read_only);
extern void execute_for_keys(SPIPlanPtr *plan, const char *query, int expected, int nargs,
							 Oid *types, Datum *values, bool read_only);

#endif							/* AR_KEPT_PLAN_H */
