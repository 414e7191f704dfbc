
    -- revaluations stay; the next one reverses them
    CREATE OR REPLACE TRIGGER revaluation_append_only
        BEFORE UPDATE OR DELETE ON receivables.revaluation
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('A revaluation is reversed by the next one of its item.');
    CREATE OR REPLACE TRIGGER revaluation_no_truncate
        BEFORE TRUNCATE ON receivables.revaluation
        EXECUTE FUNCTION ar.refuse_change('A revaluation is reversed by the next one of its item.');
    CREATE OR REPLACE TRIGGER revaluation_recorded_now
        BEFORE INSERT ON receivables.revaluation FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();

    -- what each of them adds to the one before
    CREATE OR REPLACE VIEW receivables.revaluation_movement WITH (security_invoker = true) AS
    SELECT r.company_id, r.revaluation_id, r.effective_on, r.item_id, r.customer_id, i.currency,
           r.difference - coalesce(p.difference, 0) AS amount, r.difference,
           r.exchange_rate, r.open_amount, r.open_company_amount, r.value, r.reverses_revaluation_id, r.reason,
           r.recorded_at, r.recorded_by, r.application_user
    FROM receivables.revaluation AS r
    JOIN receivables.item AS i ON i.company_id = r.company_id AND i.item_id = r.item_id
    LEFT JOIN receivables.revaluation AS p
           ON p.company_id = r.company_id AND p.revaluation_id = r.reverses_revaluation_id
    WHERE ar.known_at() IS NULL OR r.recorded_at <= ar.known_at();
    COMMENT ON VIEW receivables.revaluation_movement IS 'What each revaluation of an item changes in its unrealised exchange difference: the reversal of the one before and the new difference together. Of all dates; as far as was entered by ar.known_at().';
    COMMENT ON COLUMN receivables.revaluation_movement.revaluation_id IS 'The revaluation, within the company.';
    COMMENT ON COLUMN receivables.revaluation_movement.effective_on IS 'Date the item was valued at, from which the change counts.';
    COMMENT ON COLUMN receivables.revaluation_movement.amount IS 'Change of the unrealised difference, in the currency of the company: positive for a gain.';
    COMMENT ON COLUMN receivables.revaluation_movement.difference IS 'Unrealised difference in all after it: value less open_company_amount.';
    COMMENT ON COLUMN receivables.revaluation_movement.exchange_rate IS 'Rate of the date; null for an item closed by then.';
    COMMENT ON COLUMN receivables.revaluation_movement.value IS 'What was open of the item at that rate, in the currency of the company.';
    COMMENT ON COLUMN receivables.revaluation_movement.reverses_revaluation_id IS 'The revaluation before of the same item; null for its first.';
