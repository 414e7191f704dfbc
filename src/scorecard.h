/*
 * scorecard.h
 *		A scorecard as it is read from jsonb, and what scoring by it gives.
 *
 * Both methods are held alike: a card of method points is one component
 * without a name, whose characteristics give points that are added up; one of
 * method weighted has components from 0 to 100 with weights that make 1.
 */
#ifndef AR_SCORECARD_H
#define AR_SCORECARD_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/numeric.h"

#define SCORE_DECIMALS	4		/* of a score, which is graded as it is shown */
#define RATE_DECIMALS	6		/* of weights and probabilities */

typedef enum BinKind
{
	BIN_RANGE,					/* from, inclusive, to below to */
	BIN_VALUES,					/* one of values */
	BIN_OTHER,					/* has a value that no other bin holds */
	BIN_MISSING					/* has no value */
} BinKind;

typedef struct Bin
{
	BinKind		kind;
	double		from;			/* minus infinity without */
	double		to;				/* infinity without */
	char	  **values;
	int			nvalues;
	double		points;
	Numeric		points_shown;
	char	   *label;
	char	   *words;			/* ": 5 to under 15, 70 of 100 points" */
} Bin;

typedef struct Characteristic
{
	char	   *fact;
	char	   *name;			/* for people */
	double		weight;			/* within its component */
	Bin		   *bins;			/* ranges ascending, as the card gives them */
	int			nbins;
	bool		by_range;
	double		best;			/* the most points a bin gives */
} Characteristic;

typedef struct Component
{
	char	   *name;			/* NULL in a card of method points */
	double		weight;
	char	   *fact;			/* given directly, 0 to 100; NULL without */
	Characteristic *characteristics;
	int			ncharacteristics;
} Component;

typedef enum ConditionKind
{
	CONDITION_ABOVE,
	CONDITION_AT_LEAST,
	CONDITION_BELOW,
	CONDITION_AT_MOST,
	CONDITION_IS
} ConditionKind;

typedef struct Condition
{
	char	   *fact;
	ConditionKind kind;
	double		number;
	char	   *text;			/* CONDITION_IS: as facts are compared */
	char	   *words;			/* "above 90" */
} Condition;

typedef struct Override
{
	Condition	when;
	char	   *grade;
	char	   *reason;
} Override;

typedef struct Grade
{
	char	   *grade;
	double		from;			/* minus infinity for the last */
} Grade;

typedef struct Scorecard
{
	bool		weighted;
	int			minimum;		/* components, or characteristics, with a value */
	double		base_points;
	bool		has_pd;
	double		factor;
	double		offset;
	Component  *components;
	int			ncomponents;
	Condition  *evidence;		/* without which there is no score */
	int			nevidence;
	Grade	   *grades;			/* best first; none for a card without */
	int			ngrades;
	Override   *overrides;
	int			noverrides;
} Scorecard;

extern Scorecard *parse_scorecard(Jsonb *source);
extern double numeric_to_double(Numeric number);
extern Numeric double_to_numeric(double value, int decimals);

#endif							/* AR_SCORECARD_H */
