-- What two sessions at once have done, in :propose and :auto_apply milliseconds.
ANALYZE receivables.match_proposal, receivables.match_proposal_line;
\echo :payments payments in two sessions: ar.propose :propose ms, ar.auto_apply :auto_apply ms
SELECT count(*) FILTER (WHERE p.status = 'applied_automatically') AS applied, count(*) AS proposals FROM receivables.match_proposal AS p WHERE p.rank = 1;
SELECT count(*) AS broken_invariants FROM ar.check_ledger();
INSERT INTO bench.pair (part, measured, target, ours_ms)
VALUES ('cash', format('1,000 of %s payments, ar.propose and ar.auto_apply in two sessions', :payments), '<= 200 ms', (:propose + :auto_apply) * 1000 / :payments);
SELECT format('%s payments: %s a second through ar.propose and ar.auto_apply, in two sessions', :payments, round(:payments * 1000 / (:propose + :auto_apply))) AS cash;
