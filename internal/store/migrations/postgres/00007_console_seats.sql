-- +goose Up

-- The priority that a human gave somebody in a queue: it counts instead of the rule's.
create table queue_rank (
	subscription_id text collate "C" not null references subscription (id),
	person_id text collate "C" not null references person (id),
	priority bigint not null,
	decided_by text collate "C" not null,
	reason text collate "C" not null,
	created_at bigint not null,
	primary key (subscription_id, person_id)
);
create index queue_rank_person on queue_rank (person_id);

-- What is to become of a subscription that is renewed with fewer seats: whose seat is withheld, and from when.
create table shrink_plan (
	number bigint primary key,
	subscription_id text collate "C" not null references subscription (id),
	seats bigint not null,
	due_at bigint not null,
	state text collate "C" not null,
	reason text collate "C" not null,
	created_by text collate "C" not null,
	created_at bigint not null,
	closed_by text collate "C" not null,
	closed_at bigint not null
);
create unique index shrink_plan_open on shrink_plan (subscription_id) where state = 'open';
create index shrink_plan_due on shrink_plan (due_at) where state = 'open';

create table shrink_person (
	number bigint not null references shrink_plan (number),
	person_id text collate "C" not null references person (id),
	done_at bigint not null,
	primary key (number, person_id)
);

-- Who is leaving now, without those who have left.
create index seat_going on seat (subscription_id, leaving_at) where leaving_at > 0 and state <> 'released';
