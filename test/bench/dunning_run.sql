-- A run on :run_day, after what :setting changes, taken back with it; against :scan_ms of one scan.
BEGIN;
:setting
SELECT * FROM bench.run_dunning(:company_id, :'run_day') \gset
ROLLBACK;
VACUUM receivables.item_dunning, receivables.dunning_notice, receivables.dunning_notice_item, receivables.message, receivables.collection_task,
    receivables.task_owner, receivables.customer;
INSERT INTO bench.pair (part, measured, against, target, ours_ms, other_ms, ratio)
VALUES ('dunning', format('%s open, %s rise: search', :'items', :'raised'), 'one scan of the open items', '', :search_ms, :scan_ms, :scan_ms / :search_ms),
       ('dunning', format('%s open, %s rise: writes%s', :'items', :'raised', ', ' || round(1000 * :write_ms / nullif(:raised, 0), 1) || ' ms and '
                          || round(1000.0 * :messages / nullif(:raised, 0)) || ' messages for 1,000'),
        format('bare INSERT of the %s rows written', :'copied'), '', :write_ms, :copy_ms, :copy_ms / nullif(:write_ms, 0));
