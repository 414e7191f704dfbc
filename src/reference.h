/*
 * reference.h
 *		Payment references and document numbers.
 */
#ifndef AR_REFERENCE_H
#define AR_REFERENCE_H

#include "postgres.h"

#include "lib/stringinfo.h"

typedef enum ReferenceStandard
{
	REFERENCE_RF,				/* ISO 11649 */
	REFERENCE_CH_QRR,
	REFERENCE_FI,
	REFERENCE_NO_KID_MOD10,
	REFERENCE_NO_KID_MOD11
} ReferenceStandard;

#define KID_MIN_LENGTH		2
#define KID_MAX_LENGTH		25

/* Of digits and upper case letters, no blanks. */
extern bool reference_is_valid(ReferenceStandard standard, const char *reference, int length);

/* These append to the buffer; false, with nothing appended, where there is none. */
extern bool reference_key(StringInfo buffer, const char *data, int length);
extern bool reference_number(StringInfo buffer, const char *data, int length);

/* How many typing errors are between two keys; NUMBER_DISTANCE_MAX + 1 for more. */
#define NUMBER_DISTANCE_MAX		2
extern int	number_distance(const char *a, int a_length, const char *b, int b_length);

#endif							/* AR_REFERENCE_H */
