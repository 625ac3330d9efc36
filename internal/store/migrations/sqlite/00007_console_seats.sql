-- +goose Up

-- The priority that a human gave somebody in a queue: it counts instead of the rule's.
create table queue_rank (
	subscription_id text not null references subscription (id),
	person_id text not null references person (id),
	priority integer not null,
	decided_by text not null,
	reason text not null,
	created_at integer not null,
	primary key (subscription_id, person_id)
) strict, without rowid;
create index queue_rank_person on queue_rank (person_id);

-- What is to become of a subscription that is renewed with fewer seats: whose seat is withheld, and from when.
create table shrink_plan (
	number integer primary key,
	subscription_id text not null references subscription (id),
	seats integer not null,
	due_at integer not null,
	state text not null,
	reason text not null,
	created_by text not null,
	created_at integer not null,
	closed_by text not null,
	closed_at integer not null
) strict;
create unique index shrink_plan_open on shrink_plan (subscription_id) where state = 'open';
create index shrink_plan_due on shrink_plan (due_at) where state = 'open';

create table shrink_person (
	number integer not null references shrink_plan (number),
	person_id text not null references person (id),
	done_at integer not null,
	primary key (number, person_id)
) strict, without rowid;

-- Who is leaving now, without those who have left.
create index seat_going on seat (subscription_id, leaving_at) where leaving_at > 0 and state <> 'released';
