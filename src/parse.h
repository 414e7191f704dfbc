/*
 * parse.h
 *		Strict reading of dates, times and amounts that come as text.
 */
#ifndef AR_PARSE_H
#define AR_PARSE_H

#include "utils/date.h"
#include "utils/timestamp.h"

extern bool parse_date(const char *text, int length, DateADT *date);
extern bool parse_timestamptz(const char *text, TimestampTz *moment);

#endif							/* AR_PARSE_H */
