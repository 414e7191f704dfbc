/*
 * subset_few.h
 *		Which few of very many amounts add up to a target.
 */
#ifndef SUBSET_FEW_H
#define SUBSET_FEW_H

#include "subset_sum.h"

/* The most amounts of a solution. */
#define MOST_FEW	4

extern bool fits_few(int n, int64 memory);
extern bool subset_few(const int64 *amounts, const int *order, int n, int64 lo, int64 hi,
					   int limit, uint64 budget, SubsetResult *result);

#endif							/* SUBSET_FEW_H */
