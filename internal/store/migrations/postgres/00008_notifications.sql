-- +goose Up

-- What is amiss, or waits for somebody: one row from when it was first seen until it is over. What
-- comes back within a day is the same row.
create table incident (
	id text collate "C" primary key,
	kind text collate "C" not null,
	subject text collate "C" not null,
	audience text collate "C" not null,
	level bigint not null,
	title text collate "C" not null,
	detail text collate "C" not null,
	path text collate "C" not null,
	opened_at bigint not null,
	back_at bigint not null,
	seen_at bigint not null,
	resolved_at bigint not null,
	times bigint not null
);
create unique index incident_open on incident (kind, subject) where resolved_at = 0;
create index incident_resolved on incident (resolved_at);

-- What each target of notifications was last told of an incident.
create table incident_told (
	incident_id text collate "C" not null references incident (id),
	target text collate "C" not null,
	level bigint not null,
	at bigint not null,
	over_at bigint not null,
	primary key (incident_id, target)
);

-- Messages to targets, kept before they are sent: what is sent again is the same message.
create table notification (
	id text collate "C" primary key,
	target text collate "C" not null,
	slot text collate "C" not null,
	body text collate "C" not null,
	made_at bigint not null,
	attempts bigint not null,
	next_try_at bigint not null,
	sent_at bigint not null,
	last_error text collate "C" not null
);
create unique index notification_slot on notification (target, slot) where slot <> '';
create index notification_unsent on notification (target, made_at) where sent_at = 0;
create index notification_made on notification (made_at);

create index plan_applied on plan (applied_at) where applied_at > 0;
