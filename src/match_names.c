/*
 * match_names.c
 *		Which open items the references of a receipt name.
 *
 * A reference names the items that have it as a key.  Where it is a number, or
 * the payer's own wording in a remittance line, its last run of digits names
 * the only item one of whose keys has the same, leading zeros aside.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "match.h"
#include "miscadmin.h"
#include "reference.h"
#include "utils/memutils.h"

/* Shorter keys are like too many others. */
#define SIMILAR_MIN_LENGTH	4
#define MAX_CHARACTER		4		/* bytes of one */

/* The key of what a payer wrote, null where there is none. */
MatchText
match_reference_key(MatchText reference)
{
	MatchText	result = {NULL, 0};
	StringInfoData buffer;

	initStringInfo(&buffer);
	if (reference_key(&buffer, reference.data, reference.len))
	{
		result.data = buffer.data;
		result.len = buffer.len;
	}
	return result;
}

/* The last run of digits of a key, without leading zeros, null without any. */
static MatchText
key_number(MatchText key)
{
	MatchText	result = {NULL, 0};
	int			end = key.len;
	int			start;

	while (end > 0 && (key.data[end - 1] < '0' || key.data[end - 1] > '9'))
		end--;
	for (start = end; start > 0 && key.data[start - 1] >= '0' && key.data[start - 1] <= '9';)
		start--;
	while (start < end && key.data[start] == '0')
		start++;
	if (start < end)
	{
		result.data = key.data + start;
		result.len = end - start;
	}
	return result;
}

static uint32
hash_text(MatchText text)
{
	return hash_bytes((const unsigned char *) text.data, text.len);
}

/* All keys of all items, or what a function makes of them. */
static void
make_index(MatchBatch *batch, MatchIndex *index, MatchText (*part) (MatchText))
{
	int			n = 0;
	uint32		nslots = 16;

	if (index->entries != NULL)
		return;
	for (int i = 0; i < batch->nitems; i++)
		n += batch->items[i].nkeys;
	while (nslots < (uint32) n)
		nslots *= 2;
	index->entries = MemoryContextAllocHuge(CurrentMemoryContext,
											((Size) n + 1) * sizeof(MatchKeyEntry));
	index->slots = MemoryContextAllocHuge(CurrentMemoryContext, nslots * sizeof(int));
	index->mask = nslots - 1;
	memset(index->slots, -1, nslots * sizeof(int));

	/* From the last to the first, so that a slot has them in their order. */
	for (int i = batch->nitems - 1; i >= 0; i--)
		for (int k = batch->items[i].nkeys - 1; k >= 0; k--)
		{
			MatchKeyEntry *entry = &index->entries[index->n];
			int		   *slot;

			entry->key = part == NULL ? batch->items[i].keys[k] : part(batch->items[i].keys[k]);
			if (entry->key.len == 0)
				continue;
			entry->hash = hash_text(entry->key);
			entry->item = i;
			slot = &index->slots[entry->hash & index->mask];
			entry->next = *slot;
			*slot = index->n++;
		}
}

/* The first entry of a text, or the next one after an entry; NULL for none. */
static const MatchKeyEntry *
find_entry(const MatchIndex *index, MatchText text, uint32 hash,
		   const MatchKeyEntry *after)
{
	int			i = after == NULL ? index->slots[hash & index->mask] : after->next;

	for (; i >= 0; i = index->entries[i].next)
		if (index->entries[i].hash == hash &&
			match_text_equal(index->entries[i].key, text))
			return &index->entries[i];
	return NULL;
}

static void
add_name(MatchReceipt *receipt, int *room, int reference, int item,
		 MatchNaming naming)
{
	if (receipt->nnames > 0)
	{
		const MatchName *last = &receipt->names[receipt->nnames - 1];

		if (last->reference == reference && last->item == item)
			return;
	}
	if (receipt->nnames == *room)
	{
		*room = Max(*room * 2, 4);
		receipt->names = receipt->names == NULL ?
			palloc(*room * sizeof(MatchName)) :
			repalloc(receipt->names, *room * sizeof(MatchName));
	}
	receipt->names[receipt->nnames].reference = reference;
	receipt->names[receipt->nnames].item = item;
	receipt->names[receipt->nnames].naming = naming;
	receipt->nnames++;
}

static void
add_items_of_key(MatchBatch *batch, MatchReceipt *receipt, int *room,
				 int r, MatchNaming naming)
{
	MatchText	key = receipt->references[r].key;
	uint32		hash = hash_text(key);
	const MatchKeyEntry *entry = NULL;

	while ((entry = find_entry(&batch->keys, key, hash, entry)) != NULL)
		add_name(receipt, room, r, entry->item, naming);
}

/* The only item whose key has the last digits that the reference has. */
static void
add_item_of_number(MatchBatch *batch, MatchReceipt *receipt, int *room, int r)
{
	MatchText	number = key_number(receipt->references[r].key);
	uint32		hash;
	const MatchKeyEntry *entry = NULL;
	int			item = -1;

	if (number.data == NULL)
		return;
	make_index(batch, &batch->numbers, key_number);
	hash = hash_text(number);
	while ((entry = find_entry(&batch->numbers, number, hash, entry)) != NULL)
	{
		if (item >= 0 && item != entry->item)
			return;
		item = entry->item;
	}
	if (item >= 0)
		add_name(receipt, room, r, item, NAMED_NUMBER);
}

static int
compare_ints(const void *a, const void *b)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	return x < y ? -1 : x > y;
}

void
match_find_names(MatchBatch *batch, MatchReceipt *receipt)
{
	int			room = 0;

	make_index(batch, &batch->keys, NULL);
	for (int r = 0; r < receipt->nreferences; r++)
	{
		MatchKind	kind = receipt->references[r].kind;
		int			before = receipt->nnames;

		if (receipt->references[r].key.len == 0 || kind == KIND_GUESS)
			continue;
		add_items_of_key(batch, receipt, &room, r,
						 kind == KIND_STRUCTURED ? NAMED_STRUCTURED : NAMED_KEY);
		if (receipt->nnames == before &&
			(kind == KIND_NUMBER || kind == KIND_RANGE || kind == KIND_LINE))
			add_item_of_number(batch, receipt, &room, r);
	}

	/* Guesses only where nothing else names anything. */
	if (receipt->nnames == 0)
		for (int r = 0; r < receipt->nreferences; r++)
			if (receipt->references[r].kind == KIND_GUESS)
				add_items_of_key(batch, receipt, &room, r, NAMED_GUESS);

	receipt->named = palloc(receipt->nnames * sizeof(int));
	for (int i = 0; i < receipt->nnames; i++)
		receipt->named[i] = receipt->names[i].item;
	if (receipt->nnames > 1)
		qsort(receipt->named, receipt->nnames, sizeof(int), compare_ints);
	for (int i = 0; i < receipt->nnames; i++)
		if (i == 0 || receipt->named[i] != receipt->named[i - 1])
			receipt->named[receipt->nnamed++] = receipt->named[i];
}

static bool
has_digit(MatchText key)
{
	for (int i = 0; i < key.len; i++)
		if (key.data[i] >= '0' && key.data[i] <= '9')
			return true;
	return false;
}

static bool
is_inside_character(MatchText text, int at)
{
	return at < text.len && GetDatabaseEncoding() == PG_UTF8 &&
		((unsigned char) text.data[at] & 0xC0) == 0x80;
}

static int
count_characters(MatchText text)
{
	int			n = 0;

	for (int i = 0; i < text.len; i++)
		n += !is_inside_character(text, i);
	return n;
}

/*
 * Whether two keys are at most one typing error apart: without what they begin
 * and end with in common at most one character is left of each, or two that
 * are swapped.
 */
static bool
is_similar(MatchText a, MatchText b)
{
	int			start = 0;
	int			end = 0;
	int			nleft;

	while (start < a.len && start < b.len && a.data[start] == b.data[start])
		start++;
	while (start > 0 && (is_inside_character(a, start) || is_inside_character(b, start)))
		start--;
	while (end < a.len - start && end < b.len - start &&
		   a.data[a.len - 1 - end] == b.data[b.len - 1 - end])
		end++;
	while (end > 0 && (is_inside_character(a, a.len - end) || is_inside_character(b, b.len - end)))
		end--;

	a.data += start, a.len -= start + end;
	b.data += start, b.len -= start + end;
	if (Max(a.len, b.len) > 2 * MAX_CHARACTER)
		return false;
	nleft = count_characters(a);
	if (nleft < 2)
		return count_characters(b) < 2;
	if (nleft == 2 && count_characters(b) == 2 && a.len == b.len)
	{
		int			first = 1;

		while (is_inside_character(a, first))
			first++;
		return memcmp(a.data, b.data + b.len - first, first) == 0 &&
			memcmp(a.data + first, b.data, a.len - first) == 0;
	}
	return false;
}

/*
 * The only item one of whose keys differs from a reference by one typing
 * error; -1 for none or several.
 */
int
match_similar_item(MatchBatch *batch, const MatchReceipt *receipt, int reference)
{
	MatchText	key = receipt->references[reference].key;
	MatchKind	kind = receipt->references[reference].kind;
	int			item = -1;

	if (key.len < SIMILAR_MIN_LENGTH || !has_digit(key) ||
		kind == KIND_STRUCTURED || kind == KIND_GUESS)
		return -1;
	for (int i = 0; i < batch->keys.n; i++)
	{
		MatchText	other = batch->keys.entries[i].key;

		CHECK_FOR_INTERRUPTS();
		if (other.len < SIMILAR_MIN_LENGTH ||
			item == batch->keys.entries[i].item || !is_similar(key, other))
			continue;
		if (item >= 0)
			return -1;
		item = batch->keys.entries[i].item;
	}
	return item;
}
