/*
 * keep.h
 *		What the books keep by themselves, and nobody else may write.
 */
#ifndef AR_KEEP_H
#define AR_KEEP_H

#include "utils/rel.h"

extern void keep_check_relation(Relation relation);
extern void keep_begin(void);
extern void keep_end(void);

#endif							/* AR_KEEP_H */
