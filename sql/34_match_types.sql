-- What matching takes and gives -------------------------------------------------

CREATE TYPE ar.match_receipt AS (
    receipt_id         bigint,
    amount             numeric,
    received_on        date,
    charge_amount      numeric,
    certainty          double precision,
    identified_by      text,
    is_deposit         boolean,
    contract_id        bigint,
    order_key          text,
    reference_keys     text[],
    reference_kinds    text[],
    line_references    text[],
    line_amounts       numeric[],
    line_deductions    numeric[],
    line_notes         text[],
    elsewhere          text
);
COMMENT ON TYPE ar.match_receipt IS 'Money to be matched with items of one customer.';
COMMENT ON COLUMN ar.match_receipt.receipt_id IS 'Identifies it to the caller.';
COMMENT ON COLUMN ar.match_receipt.amount IS 'Amount, positive for money received, negative for money paid back.';
COMMENT ON COLUMN ar.match_receipt.received_on IS 'Date from which it counts.';
COMMENT ON COLUMN ar.match_receipt.charge_amount IS 'Charges that were taken off on its way; null or 0 for none.';
COMMENT ON COLUMN ar.match_receipt.certainty IS 'How certain, 0 to 1, it is that it is from this customer, references left aside; 0 where the payer looks like somebody else.';
COMMENT ON COLUMN ar.match_receipt.identified_by IS 'By what, in words, such as: the payer''s account.';
COMMENT ON COLUMN ar.match_receipt.is_deposit IS 'Whether it is a deposit, which is for what was agreed, not for any item of its amount; null for no.';
COMMENT ON COLUMN ar.match_receipt.contract_id IS 'The contract that a deposit is for; null for none.';
COMMENT ON COLUMN ar.match_receipt.order_key IS 'The order that a deposit is for, as ar.reference_key makes it: one of the keys of the items it is for; null for none.';
COMMENT ON COLUMN ar.match_receipt.reference_keys IS 'What ar.extract_references found in its text.';
COMMENT ON COLUMN ar.match_receipt.reference_kinds IS 'The kind of each.';
COMMENT ON COLUMN ar.match_receipt.line_references IS 'Documents its remittance lines name, as the payer writes them.';
COMMENT ON COLUMN ar.match_receipt.line_amounts IS 'What the payer says is paid of each; an element is null where it is not said.';
COMMENT ON COLUMN ar.match_receipt.line_deductions IS 'What the payer says was kept back of each; an element is null for nothing.';
COMMENT ON COLUMN ar.match_receipt.line_notes IS 'What else the payer says of each, which stays with what is settled by it.';
COMMENT ON COLUMN ar.match_receipt.elsewhere IS 'What it names that is no open item of this customer, in words, such as: INV-7, which is closed; null for nothing.';

CREATE TYPE ar.match_item AS (
    item_id          bigint,
    amount           numeric,
    effective_on     date,
    due_on           date,
    document_number  text,
    keys             text[],
    payment_term     text,
    discount_on      date[],
    discount_amounts numeric[],
    is_charge        boolean,
    is_disputed      boolean,
    contract_id      bigint
);
COMMENT ON TYPE ar.match_item IS 'An open item that money may settle.';
COMMENT ON COLUMN ar.match_item.item_id IS 'Identifies it to the caller.';
COMMENT ON COLUMN ar.match_item.amount IS 'What is open: positive for a debit, negative for a credit.';
COMMENT ON COLUMN ar.match_item.effective_on IS 'Date from which it counts.';
COMMENT ON COLUMN ar.match_item.due_on IS 'Date it is due.';
COMMENT ON COLUMN ar.match_item.document_number IS 'Its number, as reasons show it.';
COMMENT ON COLUMN ar.match_item.keys IS 'Keys, as ar.reference_key makes them, of all numbers by which it may be named.';
COMMENT ON COLUMN ar.match_item.payment_term IS 'Its payment term.';
COMMENT ON COLUMN ar.match_item.discount_on IS 'Last days on which discounts are granted.';
COMMENT ON COLUMN ar.match_item.discount_amounts IS 'The discount of each of them.';
COMMENT ON COLUMN ar.match_item.is_charge IS 'Whether it is late interest or a fee; null for no.';
COMMENT ON COLUMN ar.match_item.is_disputed IS 'Whether the customer disputes it: it is never settled automatically; null for no.';
COMMENT ON COLUMN ar.match_item.contract_id IS 'The contract it was billed under; null for none.';

CREATE TYPE ar.match_rule AS (
    position                   integer,
    method                     text,
    score                      double precision,
    tolerance_under            numeric,
    tolerance_under_percent    numeric,
    tolerance_over             numeric,
    tolerance_over_percent     numeric,
    discount_grace_days        integer,
    unearned_discount_percents numeric[],
    partial_allowed            boolean,
    remainder                  text,
    shortfall                  text,
    write_off_limit            numeric,
    reason_code                text,
    max_items                  integer,
    account_discounts          text,
    include_charges            boolean,
    include_disputed           boolean
);
COMMENT ON TYPE ar.match_rule IS 'A rule by which money is matched; its attributes are those of receivables.match_rule.';

CREATE TYPE ar.match_line AS (
    purpose      text,
    item_id      bigint,
    amount       numeric,
    reason_code  text,
    note         text
);
COMMENT ON TYPE ar.match_line IS 'A line of a proposal; its attributes are those of receivables.match_proposal_line.';
