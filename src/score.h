/*
 * score.h
 *		What scoring by a card found, and how it is told.
 */
#ifndef AR_SCORE_H
#define AR_SCORE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "scorecard.h"

typedef struct Reading
{
	const Characteristic *characteristic;
	bool		has_value;
	JsonbValue	value;
	const Bin  *bin;			/* NULL where none takes it */
} Reading;

typedef struct ComponentReading
{
	const Component *component;
	bool		is_direct;		/* its fact was given: it has no readings */
	bool		has_value;
	JsonbValue	value;			/* of its fact */
	double		points;
	Reading    *readings;
	int			nvalues;		/* characteristics with a value and a bin for it */
	int			nbins;			/* and those with a bin for missing values */
	double		weights;		/* of the characteristics that have a bin */
} ComponentReading;

typedef struct Outcome
{
	const Scorecard *card;
	ComponentReading *components;
	int			ncomponents;
	bool		has_score;
	double		score;
	double		weights;		/* of the components that have a value */
	char	   *grade;			/* NULL without */
} Outcome;

extern char *score_value_text(const JsonbValue *value);
extern Jsonb *score_contributions(const Outcome *outcome);
extern List *score_missing(const Outcome *outcome);
extern List *score_reasons(const Outcome *outcome);

#endif							/* AR_SCORE_H */
