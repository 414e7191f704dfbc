/*
 * score_sample.h
 *		Scores with what became of those who had them: type ar.score_sample.
 *
 * The value is at the same time the state of the validation aggregates.  Its
 * entries up to nsorted ascend by score, each score once; what came since
 * follows as it came.  The varlena size is that of the room there is, so that
 * a state that grows is copied with its room.
 */
#ifndef AR_SCORE_SAMPLE_H
#define AR_SCORE_SAMPLE_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"

typedef struct ScoreEntry
{
	double		score;
	int64		goods;
	int64		bads;
} ScoreEntry;

typedef struct ScoreSample
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int32		nentries;
	int32		nsorted;
	int32		unused;			/* aligns the entries */
	ScoreEntry	entries[FLEXIBLE_ARRAY_MEMBER];
} ScoreSample;

#define SAMPLE_SIZE(n) (offsetof(ScoreSample, entries) + (Size) (n) * sizeof(ScoreEntry))
#define SAMPLE_ROOM(sample) \
	((int32) ((VARSIZE(sample) - offsetof(ScoreSample, entries)) / sizeof(ScoreEntry)))
#define SAMPLE_MAX_ENTRIES	((int32) ((MaxAllocSize - offsetof(ScoreSample, entries)) / sizeof(ScoreEntry)))
/* So that goods times bads, twice, fit a 64-bit integer. */
#define SAMPLE_MAX_COUNT	((INT64CONST(1) << 31) - 1)

extern ScoreSample *sample_create(int32 room);
extern void sample_compact(ScoreSample *sample);
extern ScoreSample *sample_normalize(const ScoreSample *sample);

#endif							/* AR_SCORE_SAMPLE_H */
