-- Imports staging.:kind into the books of company :company_id.
SELECT to_char(count(*), 'FM999,999,999') || ' ' || replace(:'kind', '_', ' ') || 's' AS rows
FROM staging.:"kind" \gset
\echo Posting :rows ...
SELECT imported FROM ar.import_table(:company_id, :'kind', format('staging.%I', :'kind')::regclass) \gset
