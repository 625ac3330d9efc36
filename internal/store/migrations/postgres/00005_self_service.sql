-- +goose Up

-- Whom a first sign-in made, and whether an admin confirmed them; empty for everybody else.
alter table person add column newcomer text collate "C" not null default '';

-- Whether people may ask for a seat.
alter table subscription add column requestable boolean not null default false;

-- Seats that people asked for.
create table seat_request (
	number bigint primary key,
	subscription_id text collate "C" not null references subscription (id),
	person_id text collate "C" not null references person (id),
	reason text collate "C" not null,
	asked_at bigint not null,
	state text collate "C" not null,
	answered_by text collate "C" not null,
	answer text collate "C" not null,
	answered_at bigint not null
);
create unique index seat_request_open on seat_request (subscription_id, person_id) where state = 'open';
create index seat_request_person on seat_request (person_id, number);

-- Links with which people give themselves seats. Only a hash of the code is kept.
create table join_link (
	number bigint primary key,
	hash text collate "C" not null unique,
	places bigint not null,
	created_by text collate "C" not null,
	reason text collate "C" not null,
	created_at bigint not null,
	until_at bigint not null,
	revoked_by text collate "C" not null,
	revoked_at bigint not null
);

create table join_link_subscription (
	number bigint not null references join_link (number),
	subscription_id text collate "C" not null references subscription (id),
	primary key (number, subscription_id)
);

-- Who used a link; everybody once.
create table join_use (
	number bigint not null references join_link (number),
	person_id text collate "C" not null references person (id),
	at bigint not null,
	primary key (number, person_id)
);
