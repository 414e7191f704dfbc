
    -- What amounts are written in does not change under them.
    CREATE OR REPLACE TRIGGER company_currency_stays
        BEFORE UPDATE OF company_id, currency ON receivables.company
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('The amounts of its books are in its currency.');
    CREATE OR REPLACE TRIGGER currency_decimals_stay
        BEFORE UPDATE OF currency, minor_units ON receivables.currency
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('Amounts were posted with the decimals it has.');

    -- Facts stay as they were posted; what depends on them is kept in step.
    CREATE OR REPLACE TRIGGER document_append_only
        BEFORE UPDATE OF company_id, document_id, customer_id, document_date, kind, document_number,
                         amount, reference, attributes, idempotency_key, recorded_at, recorded_by OR DELETE
        ON receivables.document FOR EACH ROW EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER document_no_truncate
        BEFORE TRUNCATE ON receivables.document EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER document_recorded_now
        BEFORE INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.recorded_at NOT BETWEEN now() AND clock_timestamp())
        EXECUTE FUNCTION ar.refuse_recorded_at();

    CREATE OR REPLACE TRIGGER document_amount_in_currency
        BEFORE INSERT ON receivables.document FOR EACH ROW EXECUTE FUNCTION ar.check_amount();

    CREATE OR REPLACE TRIGGER item_append_only
        BEFORE UPDATE OF company_id, item_id, customer_id, document_id, kind, effective_on, due_on,
                         recorded_at, amount OR DELETE
        ON receivables.item FOR EACH ROW EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER item_kept_by_applications
        BEFORE UPDATE OF closed_on, last_applied_on, applied_before_on, last_applied_at, open_amount,
                         last_applied_amount, reopened
        ON receivables.item FOR EACH ROW
        WHEN (pg_trigger_depth() = 0)
        EXECUTE FUNCTION ar.refuse_change('What is open of an item is kept by applications alone.');
    CREATE OR REPLACE TRIGGER item_no_truncate
        BEFORE TRUNCATE ON receivables.item EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER item_recorded_now
        BEFORE INSERT ON receivables.item FOR EACH ROW
        WHEN (NEW.recorded_at NOT BETWEEN now() AND clock_timestamp())
        EXECUTE FUNCTION ar.refuse_recorded_at();
    CREATE OR REPLACE TRIGGER item_starts_open
        BEFORE INSERT ON receivables.item FOR EACH ROW
        WHEN (NEW.open_amount IS DISTINCT FROM NEW.amount OR NEW.closed_on <> 'infinity' OR NEW.reopened
              OR NEW.last_applied_on <> '-infinity' OR NEW.applied_before_on <> '-infinity'
              OR NEW.last_applied_amount <> 0 OR NEW.last_applied_at <> '-infinity')
        EXECUTE FUNCTION ar.refuse_settled_item();
    CREATE OR REPLACE TRIGGER item_amount_in_currency
        BEFORE INSERT ON receivables.item FOR EACH ROW EXECUTE FUNCTION ar.check_amount();

    CREATE OR REPLACE TRIGGER application_append_only
        BEFORE UPDATE OF company_id, application_id, debit_item_id, credit_item_id, effective_on,
                         recorded_at, amount, reverses_application_id, reason, idempotency_key, recorded_by OR DELETE
        ON receivables.application FOR EACH ROW EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER application_no_truncate
        BEFORE TRUNCATE ON receivables.application EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER application_recorded_now
        BEFORE INSERT ON receivables.application FOR EACH ROW
        WHEN (NEW.recorded_at NOT BETWEEN now() AND clock_timestamp())
        EXECUTE FUNCTION ar.refuse_recorded_at();
    CREATE OR REPLACE TRIGGER application_amount_in_currency
        BEFORE INSERT ON receivables.application FOR EACH ROW EXECUTE FUNCTION ar.check_amount();
    CREATE OR REPLACE TRIGGER application_settles_items
        AFTER INSERT ON receivables.application FOR EACH ROW EXECUTE FUNCTION ar.settle_items();
