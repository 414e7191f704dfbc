
    -- What amounts are written in does not change under them.
    CREATE OR REPLACE TRIGGER company_currency_stays
        BEFORE UPDATE OF company_id, currency ON receivables.company
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('The amounts of its books are in its currency.');
    CREATE OR REPLACE TRIGGER currency_decimals_stay
        BEFORE UPDATE OF currency, minor_units ON receivables.currency
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('Amounts were posted with the decimals it has.');

    -- Facts stay as they were posted; what depends on them is kept in step.
    CREATE OR REPLACE TRIGGER document_append_only
        BEFORE UPDATE OF company_id, document_id, customer_id, document_date, kind, document_number, currency, amount,
                         company_amount, exchange_rate, tax_amount, payment_term, contract_id, order_reference,
                         source_document_id, reverses_document_id, reference, reason, reason_code, bank_line_id,
                         match_proposal_id, warnings, attributes,
                         idempotency_key, series, series_period, series_number, recorded_at, recorded_by,
                         application_user OR DELETE
        ON receivables.document FOR EACH ROW EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER document_no_truncate
        BEFORE TRUNCATE ON receivables.document EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER document_recorded_now
        BEFORE INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();

    CREATE OR REPLACE TRIGGER document_is_postable
        BEFORE INSERT ON receivables.document FOR EACH ROW EXECUTE FUNCTION ar.check_posting();

    -- For the statement, as no row may: a settlement of many does without row triggers before update.
    CREATE OR REPLACE TRIGGER item_append_only
        BEFORE UPDATE OF company_id, item_id, customer_id, document_id, kind, currency, instalment, effective_on, due_on,
                         contractual_due_on, recorded_at, amount, company_amount, reverses_item_id OR DELETE
        ON receivables.item FOR EACH STATEMENT EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER item_kept_by_applications
        BEFORE UPDATE OF closed_on, last_applied_on, applied_before_on, last_applied_at, open_amount,
                         last_applied_amount, open_company_amount, last_applied_company_amount, reopened
        ON receivables.item FOR EACH STATEMENT
        WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_change('What is open of an item is kept by applications alone.');
    CREATE OR REPLACE TRIGGER item_no_truncate
        BEFORE TRUNCATE ON receivables.item EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER item_recorded_now
        BEFORE INSERT ON receivables.item FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp())
        EXECUTE FUNCTION ar.refuse_forged_entry();
    CREATE OR REPLACE TRIGGER item_starts_open
        BEFORE INSERT ON receivables.item FOR EACH ROW
        WHEN (NEW.open_amount IS DISTINCT FROM NEW.amount OR NEW.open_company_amount IS DISTINCT FROM NEW.company_amount
              OR NEW.last_applied_company_amount <> 0 OR NEW.closed_on <> 'infinity' OR NEW.reopened
              OR NEW.last_applied_on <> '-infinity' OR NEW.applied_before_on <> '-infinity'
              OR NEW.last_applied_amount <> 0 OR NEW.last_applied_at <> '-infinity')
        EXECUTE FUNCTION ar.refuse_settled_item();
    CREATE OR REPLACE TRIGGER item_is_postable
        BEFORE INSERT ON receivables.item FOR EACH ROW EXECUTE FUNCTION ar.check_posting();

    CREATE OR REPLACE TRIGGER application_append_only
        BEFORE UPDATE OF company_id, application_id, debit_item_id, credit_item_id, effective_on,
                         recorded_at, amount, company_amount, reverses_application_id, exchange_of_application_id,
                         reason, match_proposal_id, idempotency_key, recorded_by, application_user OR DELETE
        ON receivables.application FOR EACH ROW EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER application_no_truncate
        BEFORE TRUNCATE ON receivables.application EXECUTE FUNCTION ar.refuse_change();
    CREATE OR REPLACE TRIGGER application_recorded_now
        BEFORE INSERT ON receivables.application FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
    -- Items that ar.apply_many holds are there, and so are proposals that ar.apply_matches read.
    CREATE OR REPLACE TRIGGER application_refers
        BEFORE INSERT ON receivables.application FOR EACH ROW WHEN (NOT ar.is_applying_many())
        EXECUTE FUNCTION ar.refers('debit_item_id', 'item', 'credit_item_id', 'item');
    CREATE OR REPLACE TRIGGER application_refers_to_match
        BEFORE INSERT ON receivables.application FOR EACH ROW WHEN (NEW.match_proposal_id IS NOT NULL AND NOT ar.is_applying_matches())
        EXECUTE FUNCTION ar.refers('match_proposal_id', 'match_proposal');
    CREATE OR REPLACE TRIGGER application_is_postable
        BEFORE INSERT ON receivables.application FOR EACH ROW EXECUTE FUNCTION ar.check_posting();
    CREATE OR REPLACE TRIGGER application_has_company_amount
        BEFORE INSERT ON receivables.application FOR EACH ROW
        WHEN (NEW.company_amount IS NULL) EXECUTE FUNCTION ar.value_application();
    CREATE OR REPLACE TRIGGER application_settles_items
        AFTER INSERT ON receivables.application FOR EACH ROW
        WHEN (NOT ar.is_applying_many()) EXECUTE FUNCTION ar.keep('settle_items');

    -- The rest of what is never changed.
    DECLARE
        fact record;
    BEGIN
        FOR fact IN
            SELECT * FROM (VALUES ('document_line'), ('contract_amendment'), ('exchange_rate'), ('period_closing'),
                                  ('period_override')) AS f (name)
        LOOP
            EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OR DELETE ON receivables.%I '
                           'FOR EACH ROW EXECUTE FUNCTION ar.refuse_change()', fact.name || '_append_only', fact.name);
            EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON receivables.%I '
                           'EXECUTE FUNCTION ar.refuse_change()', fact.name || '_no_truncate', fact.name);
            IF fact.name <> 'document_line' THEN
                EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON receivables.%I FOR EACH ROW '
                               'WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user) '
                               'EXECUTE FUNCTION ar.refuse_forged_entry()', fact.name || '_recorded_now', fact.name);
            END IF;
        END LOOP;
    END;

    -- Configuration is checked when it is stored.
    CREATE OR REPLACE TRIGGER payment_term_is_valid
        BEFORE INSERT OR UPDATE OF definition ON receivables.payment_term
        FOR EACH ROW EXECUTE FUNCTION ar.check_payment_term();
    CREATE OR REPLACE TRIGGER check_rule_is_valid
        BEFORE INSERT OR UPDATE ON receivables.check_rule
        FOR EACH ROW EXECUTE FUNCTION ar.check_rule_is_valid();

    -- What is invoiced under a contract, and credited of an invoice, stays within it.
    CREATE OR REPLACE TRIGGER document_within_contract
        AFTER INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.contract_id IS NOT NULL AND NEW.kind IN ('invoice', 'credit_note'))
        EXECUTE FUNCTION ar.keep('keep_within_contract');
    CREATE OR REPLACE TRIGGER document_within_source
        AFTER INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.source_document_id IS NOT NULL AND NEW.kind = 'credit_note' AND NEW.amount > 0)
        EXECUTE FUNCTION ar.keep('keep_within_source');
    CREATE OR REPLACE TRIGGER contract_kept_by_documents
        BEFORE UPDATE OF company_id, contract_id, customer_id, currency, invoiced_amount ON receivables.contract
        FOR EACH ROW WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_change('What is invoiced under a contract is kept by documents, and its customer and currency stay.');
    CREATE OR REPLACE TRIGGER contract_amount_covers_invoices
        BEFORE UPDATE OF amount ON receivables.contract
        FOR EACH ROW WHEN (NEW.amount < OLD.amount OR OLD.amount IS NULL)
        EXECUTE FUNCTION ar.keep_invoiced_covered();
    CREATE OR REPLACE TRIGGER company_closed_by_closings
        BEFORE UPDATE OF closed_through ON receivables.company
        FOR EACH ROW WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_change('Periods are closed by ar.close_period.');
    -- Named to fire after period_closing_recorded_now: its own time of entry is no forgery.
    CREATE OR REPLACE TRIGGER period_closing_shuts
        BEFORE INSERT ON receivables.period_closing FOR EACH ROW EXECUTE FUNCTION ar.keep('keep_closed_through');
