/*
 * reference_patterns.h
 *		Shapes of documents' numbers, learned from the books.
 */
#ifndef AR_REFERENCE_PATTERNS_H
#define AR_REFERENCE_PATTERNS_H

#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"

#define MAX_KEY			64		/* characters; no document's number is longer */

/* A key or, with all digits as 9, the shape of keys. */
typedef struct Key
{
	int			length;
	pg_wchar	chars[MAX_KEY];
} Key;

typedef struct Guess
{
	Key			shape;			/* with O and I as digits, too */
	int			pattern;
} Guess;

typedef struct Patterns
{
	MemoryContext context;
	ArrayType  *array;			/* what it was made from */
	int			n;
	int			longest;
	uint32		kid_mod10;		/* lengths agreed on, as bits */
	uint32		kid_mod11;
	Key		   *shapes;			/* ascending */
	Guess	   *guesses;		/* ascending */
} Patterns;

extern const Patterns *reference_patterns(FmgrInfo *flinfo, ArrayType *array);
extern bool append_key(Key *key, const pg_wchar *chars, int n);
extern bool is_pattern(const Patterns *patterns, const Key *key);
extern bool guess_pattern(const Patterns *patterns, Key *key);

#endif							/* AR_REFERENCE_PATTERNS_H */
