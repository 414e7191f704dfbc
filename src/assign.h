/*
 * assign.h
 *		The best choice of one candidate for each receipt, when candidates
 *		take amounts off the same open items.
 */
#ifndef AR_ASSIGN_H
#define AR_ASSIGN_H

#include "postgres.h"

#define ASSIGN_SCORE_UNIT	1000000 /* scores count to six decimals */

typedef struct AssignUse
{
	int			candidate;		/* from 0 */
	int			item;			/* from 0 */
	int64		amount;			/* not negative */
} AssignUse;

typedef struct AssignProblem
{
	int			ncandidates;
	const int64 *receipts;		/* of each candidate */
	const int64 *scores;		/* in units; not above 1000 either way */
	int			nuses;
	const AssignUse *uses;
	int			nitems;
	const int64 *capacities;	/* of each item; not negative */
	int64		budget;			/* choices tried in each component */
} AssignProblem;

typedef struct AssignResult
{
	bool		chosen;
	bool		exact;
	int64		margin;			/* in units of the score */
} AssignResult;

extern AssignResult *assign(const AssignProblem *problem);

#endif							/* AR_ASSIGN_H */
