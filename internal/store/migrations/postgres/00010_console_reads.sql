-- +goose Up

-- When the person was last active at the portal, as far as it shows; 0: it showed nothing. It stands in seen as well, where no
-- index finds it.
alter table account add column active_at bigint not null default 0;
update account set active_at = coalesce(cast(cast(seen as json) ->> 'lastActiveAt' as bigint), 0) where seen is not null;
create index account_active on account (portal_id, active_at, subject_id) where kind = 'person' and subject_id <> '';
create index holding_subscription on holding (subscription_id);

-- Events of the kinds of which there are few. Those left out come in their thousands, so one is never far.
create index event_kind on event (kind, at, id) where kind not in ('record.created', 'record.changed', 'record.linked', 'person.joined', 'person.moved', 'person.left', 'seat.queued', 'seat.given', 'seat.active', 'seat.leaving', 'seat.releasing', 'seat.released', 'account.told', 'account.seen');
