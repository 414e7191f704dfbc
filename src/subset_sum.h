/*
 * subset_sum.h
 *		Which of a set of amounts add up to a target, and is it only those.
 */
#ifndef SUBSET_SUM_H
#define SUBSET_SUM_H

#include "postgres.h"

typedef enum SubsetOutcome
{
	SUBSET_NONE,				/* proven: no subset meets the target */
	SUBSET_UNIQUE,				/* proven: exactly one does */
	SUBSET_AMBIGUOUS,			/* proven: two or more do */
	SUBSET_UNKNOWN				/* the budget ended before a proof */
} SubsetOutcome;

typedef struct SubsetResult
{
	SubsetOutcome outcome;
	int			nsolutions;		/* solutions below, 0 to 2 */
	int		   *solution[2];	/* ascending positions from 0 */
	int			nitems[2];
	uint64		steps;			/* of the budget, what was used */
} SubsetResult;

extern void subset_sum(int64 target, const int64 *amounts, int n,
					   int64 tolerance, int max_items, uint64 budget,
					   SubsetResult *result);
extern double subset_expected_hits(int64 target, const int64 *amounts, int n);
extern double subset_expected_hits_of_few(int64 target, const int64 *amounts, int n,
										   int max_items);

#endif							/* SUBSET_SUM_H */
