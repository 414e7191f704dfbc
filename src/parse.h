/*
 * parse.h
 *		Strict reading of dates and amounts that come as text.
 */
#ifndef AR_PARSE_H
#define AR_PARSE_H

#include "utils/date.h"

extern bool parse_date(const char *text, int length, DateADT *date);

#endif							/* AR_PARSE_H */
