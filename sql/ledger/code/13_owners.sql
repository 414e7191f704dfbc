
    -- Who was responsible for a customer: one after the other without a gap, the latest shown by the customer.
    CREATE OR REPLACE TRIGGER customer_owner_of_insert
        AFTER INSERT ON receivables.customer FOR EACH ROW EXECUTE FUNCTION ar.keep('record_owner');
    CREATE OR REPLACE TRIGGER customer_owner_of_update
        AFTER UPDATE OF salesperson, department, region ON receivables.customer FOR EACH ROW
        WHEN (OLD.salesperson IS DISTINCT FROM NEW.salesperson OR OLD.department IS DISTINCT FROM NEW.department
              OR OLD.region IS DISTINCT FROM NEW.region)
        EXECUTE FUNCTION ar.keep('record_owner');
    CREATE OR REPLACE TRIGGER customer_owner_placed
        BEFORE INSERT ON receivables.customer_owner FOR EACH ROW
        WHEN (NEW.valid_from > '-infinity' OR NEW.valid_to < 'infinity') EXECUTE FUNCTION ar.keep('place_owner');
    CREATE OR REPLACE TRIGGER customer_owner_entered
        AFTER INSERT ON receivables.customer_owner FOR EACH ROW
        WHEN (NEW.valid_to = 'infinity' AND (NEW.valid_from > '-infinity' OR NOT ar.is_keeping()))
        EXECUTE FUNCTION ar.keep('keep_owner');
    CREATE OR REPLACE TRIGGER customer_owner_corrected
        AFTER UPDATE OF salesperson, department, region ON receivables.customer_owner FOR EACH ROW
        WHEN (NEW.valid_to = 'infinity') EXECUTE FUNCTION ar.keep('keep_owner');
    CREATE OR REPLACE TRIGGER customer_owner_stays
        BEFORE UPDATE OF company_id, customer_id, valid_from, valid_to ON receivables.customer_owner
        FOR EACH ROW WHEN (NOT ar.is_keeping())
        EXECUTE FUNCTION ar.refuse_direct_write('Owners of a customer follow each other without a gap; enter another one with ar.assign_customer.');
    CREATE OR REPLACE TRIGGER customer_owner_goes_with_customer
        BEFORE DELETE ON receivables.customer_owner FOR EACH ROW WHEN (pg_trigger_depth() = 0)
        EXECUTE FUNCTION ar.refuse_direct_write('Owners of a customer follow each other without a gap; enter another one with ar.assign_customer.');
    -- Customers that came before these triggers, or without them.
    INSERT INTO receivables.customer_owner (company_id, customer_id, salesperson, department, region)
    SELECT c.company_id, c.customer_id, c.salesperson, c.department, c.region
    FROM receivables.customer AS c
    WHERE NOT EXISTS (SELECT FROM receivables.customer_owner AS o
                      WHERE o.company_id = c.company_id AND o.customer_id = c.customer_id);
