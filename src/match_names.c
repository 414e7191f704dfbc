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
#include "match.h"
#include "miscadmin.h"
#include "reference.h"

/* Shorter keys are like too many others. */
#define SIMILAR_MIN_LENGTH	4

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

static int
compare_entries(const void *a, const void *b)
{
	const MatchKeyEntry *x = a;
	const MatchKeyEntry *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->item - y->item;
}

static uint32
hash_text(MatchText text)
{
	return hash_bytes((const unsigned char *) text.data, text.len);
}

static void
index_keys(MatchBatch *batch)
{
	int			n = 0;

	if (batch->keys != NULL)
		return;
	for (int i = 0; i < batch->nitems; i++)
		n += batch->items[i].nkeys;
	batch->keys = palloc((n + 1) * sizeof(MatchKeyEntry));
	for (int i = 0; i < batch->nitems; i++)
		for (int k = 0; k < batch->items[i].nkeys; k++)
		{
			MatchKeyEntry *entry = &batch->keys[batch->nkeys++];

			entry->key = batch->items[i].keys[k];
			entry->hash = hash_text(entry->key);
			entry->item = i;
		}
	qsort(batch->keys, batch->nkeys, sizeof(MatchKeyEntry), compare_entries);
	batch->nnumbers = -1;
}

static void
index_numbers(MatchBatch *batch)
{
	if (batch->nnumbers >= 0)
		return;
	batch->numbers = palloc((batch->nkeys + 1) * sizeof(MatchKeyEntry));
	batch->nnumbers = 0;
	for (int i = 0; i < batch->nkeys; i++)
	{
		MatchKeyEntry *entry = &batch->numbers[batch->nnumbers];

		entry->key = key_number(batch->keys[i].key);
		if (entry->key.data == NULL)
			continue;
		entry->hash = hash_text(entry->key);
		entry->item = batch->keys[i].item;
		batch->nnumbers++;
	}
	qsort(batch->numbers, batch->nnumbers, sizeof(MatchKeyEntry), compare_entries);
}

/* The first entry of a hash, or where it would be. */
static int
find_entry(const MatchKeyEntry *entries, int n, uint32 hash)
{
	int			low = 0;

	while (low < n)
	{
		int			middle = low + (n - low) / 2;

		if (entries[middle].hash < hash)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
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

	for (int i = find_entry(batch->keys, batch->nkeys, hash);
		 i < batch->nkeys && batch->keys[i].hash == hash; i++)
		if (match_text_equal(batch->keys[i].key, key))
			add_name(receipt, room, r, batch->keys[i].item, naming);
}

/* The only item whose key ends in the digits that the reference ends in. */
static void
add_item_of_number(MatchBatch *batch, MatchReceipt *receipt, int *room, int r)
{
	MatchText	number = key_number(receipt->references[r].key);
	uint32		hash;
	int			item = -1;

	if (number.data == NULL)
		return;
	index_numbers(batch);
	hash = hash_text(number);
	for (int i = find_entry(batch->numbers, batch->nnumbers, hash);
		 i < batch->nnumbers && batch->numbers[i].hash == hash; i++)
	{
		if (!match_text_equal(batch->numbers[i].key, number))
			continue;
		if (item >= 0 && item != batch->numbers[i].item)
			return;
		item = batch->numbers[i].item;
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

	index_keys(batch);
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
	for (int i = 0; i < batch->nkeys; i++)
	{
		MatchText	other = batch->keys[i].key;

		CHECK_FOR_INTERRUPTS();
		if (other.len < SIMILAR_MIN_LENGTH || abs(other.len - key.len) > 1 ||
			item == batch->keys[i].item ||
			number_distance(key.data, key.len, other.data, other.len) > 1)
			continue;
		if (item >= 0)
			return -1;
		item = batch->keys[i].item;
	}
	return item;
}
