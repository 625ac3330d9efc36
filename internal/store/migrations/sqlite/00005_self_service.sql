-- +goose Up

-- Whom a first sign-in made, and whether an admin confirmed them; empty for everybody else.
alter table person add column newcomer text not null default '';

-- Whether people may ask for a seat.
alter table subscription add column requestable integer not null default 0;

-- Seats that people asked for.
create table seat_request (
	number integer primary key,
	subscription_id text not null references subscription (id),
	person_id text not null references person (id),
	reason text not null,
	asked_at integer not null,
	state text not null,
	answered_by text not null,
	answer text not null,
	answered_at integer not null
) strict;
create unique index seat_request_open on seat_request (subscription_id, person_id) where state = 'open';
create index seat_request_person on seat_request (person_id, number);

-- Links with which people give themselves seats. Only a hash of the code is kept.
create table join_link (
	number integer primary key,
	hash text not null unique,
	places integer not null,
	created_by text not null,
	reason text not null,
	created_at integer not null,
	until_at integer not null,
	revoked_by text not null,
	revoked_at integer not null
) strict;

create table join_link_subscription (
	number integer not null references join_link (number),
	subscription_id text not null references subscription (id),
	primary key (number, subscription_id)
) strict, without rowid;

-- Who used a link; everybody once.
create table join_use (
	number integer not null references join_link (number),
	person_id text not null references person (id),
	at integer not null,
	primary key (number, person_id)
) strict, without rowid;
