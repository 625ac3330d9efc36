-- +goose Up

-- What is amiss, or waits for somebody: one row from when it was first seen until it is over. What
-- comes back within a day is the same row.
create table incident (
	id text primary key,
	kind text not null,
	subject text not null,
	audience text not null,
	level integer not null,
	title text not null,
	detail text not null,
	path text not null,
	opened_at integer not null,
	back_at integer not null,
	seen_at integer not null,
	resolved_at integer not null,
	times integer not null
) strict;
create unique index incident_open on incident (kind, subject) where resolved_at = 0;
create index incident_resolved on incident (resolved_at);

-- What each target of notifications was last told of an incident.
create table incident_told (
	incident_id text not null references incident (id),
	target text not null,
	level integer not null,
	at integer not null,
	over_at integer not null,
	primary key (incident_id, target)
) strict, without rowid;

-- Messages to targets, kept before they are sent: what is sent again is the same message.
create table notification (
	id text primary key,
	target text not null,
	slot text not null,
	body text not null,
	made_at integer not null,
	attempts integer not null,
	next_try_at integer not null,
	sent_at integer not null,
	last_error text not null
) strict;
create unique index notification_slot on notification (target, slot) where slot <> '';
create index notification_unsent on notification (target, made_at) where sent_at = 0;
create index notification_made on notification (made_at);

create index plan_applied on plan (applied_at) where applied_at > 0;
