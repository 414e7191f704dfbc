
    -- What banks sent stays as it came; what is open of a line follows from the documents posted from it.
    CREATE OR REPLACE TRIGGER bank_account_stays
        BEFORE UPDATE OF company_id, account, currency OR DELETE ON receivables.bank_account
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('Statements of the account were loaded.');
    CREATE OR REPLACE TRIGGER bank_account_no_truncate
        BEFORE TRUNCATE ON receivables.bank_account EXECUTE FUNCTION ar.refuse_change('Statements of the account were loaded.');
    CREATE OR REPLACE TRIGGER bank_account_change_logged
        AFTER UPDATE ON receivables.bank_account FOR EACH ROW
        WHEN (OLD.reference_standards <> NEW.reference_standards)
        EXECUTE FUNCTION ar.keep('record_change', 'company_id', 'account');
    CREATE OR REPLACE TRIGGER bank_statement_append_only
        BEFORE UPDATE OR DELETE ON receivables.bank_statement
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('What the bank said stays as it came.');
    CREATE OR REPLACE TRIGGER bank_statement_no_truncate
        BEFORE TRUNCATE ON receivables.bank_statement EXECUTE FUNCTION ar.refuse_change('What the bank said stays as it came.');
    CREATE OR REPLACE TRIGGER bank_statement_recorded_now
        BEFORE INSERT ON receivables.bank_statement FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
    CREATE OR REPLACE TRIGGER bank_line_append_only
        BEFORE UPDATE OF company_id, bank_line_id, bank_statement_id, line_number, entry_number, entry_amount, entry_reference,
                         booked_on, value_on, currency, amount, charge_amount, payer_name, payer_account, structured_reference,
                         end_to_end_id, remittance_text, bank_reference, transaction_code, attributes, recorded_at OR DELETE
        ON receivables.bank_line FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('What the bank said stays as it came.');
    CREATE OR REPLACE TRIGGER bank_line_no_truncate
        BEFORE TRUNCATE ON receivables.bank_line EXECUTE FUNCTION ar.refuse_change('What the bank said stays as it came.');
    CREATE OR REPLACE TRIGGER bank_line_recorded_now
        BEFORE INSERT ON receivables.bank_line FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp())
        EXECUTE FUNCTION ar.refuse_forged_entry();
    CREATE OR REPLACE TRIGGER bank_line_starts_open
        BEFORE INSERT ON receivables.bank_line FOR EACH ROW EXECUTE FUNCTION ar.check_bank_line();
    CREATE OR REPLACE TRIGGER bank_line_kept_by_documents
        BEFORE UPDATE OF open_amount ON receivables.bank_line FOR EACH ROW
        WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_change('What is open of a bank line is kept by the documents posted from it.');
    CREATE OR REPLACE TRIGGER bank_line_duplicate_is_same
        BEFORE UPDATE OF duplicate_of_bank_line_id ON receivables.bank_line FOR EACH ROW EXECUTE FUNCTION ar.check_duplicate_line();
    CREATE OR REPLACE TRIGGER bank_line_change_logged
        AFTER UPDATE ON receivables.bank_line FOR EACH ROW
        WHEN (OLD.* *<> NEW.* AND OLD.open_amount = NEW.open_amount)
        EXECUTE FUNCTION ar.keep('record_change', 'company_id', 'bank_line_id');
    CREATE OR REPLACE TRIGGER document_settles_bank_line
        AFTER INSERT ON receivables.document FOR EACH ROW
        WHEN (NEW.bank_line_id IS NOT NULL AND NEW.kind IN ('payment', 'deposit', 'refund'))
        EXECUTE FUNCTION ar.keep('settle_bank_line');
    CREATE OR REPLACE TRIGGER remittance_line_append_only
        BEFORE UPDATE OR DELETE ON receivables.remittance_line
        FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('What the payer said stays as it came.');
    CREATE OR REPLACE TRIGGER remittance_line_no_truncate
        BEFORE TRUNCATE ON receivables.remittance_line EXECUTE FUNCTION ar.refuse_change('What the payer said stays as it came.');
    CREATE OR REPLACE TRIGGER remittance_line_recorded_now
        BEFORE INSERT ON receivables.remittance_line FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
