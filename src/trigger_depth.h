/*
 * trigger_depth.h
 *		How deep in triggers code runs: what a statement of ours says about its
 *		rows is not believed of rows that a trigger writes meanwhile.
 */
#ifndef AR_TRIGGER_DEPTH_H
#define AR_TRIGGER_DEPTH_H

#include "postgres.h"

#include "utils/fmgrprotos.h"

static inline int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

#endif							/* AR_TRIGGER_DEPTH_H */
