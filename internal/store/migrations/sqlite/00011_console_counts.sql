-- +goose Up

-- What a page counts of many accounts and differences is counted in an index alone: their rows are wide. Those are listed in the order
-- of the index too.
drop index account_due;
create index account_due on account (portal_id, next_try_at, id, generation, confirmed, resend, refused) where generation > confirmed or resend;
drop index drift_open;
create index drift_open on drift (portal_id, code, address, id, severity, since_at, ended_at) where ended_at = 0;
