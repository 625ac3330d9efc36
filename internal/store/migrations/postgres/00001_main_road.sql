-- +goose Up

-- Where records come from.
create table directory (
	id text collate "C" primary key,
	name text collate "C" not null unique,
	kind text collate "C" not null,
	rank bigint not null,
	employee_numbers text collate "C" not null,
	lifecycle_owner boolean not null,
	zone text collate "C" not null,
	lead_days bigint not null,
	stands_in_for text collate "C" not null,
	stands_in_after bigint not null,
	stands_in_since bigint not null,
	created_at bigint not null
);

create table token (
	id text collate "C" primary key,
	directory_id text collate "C" not null references directory (id),
	hash text collate "C" not null,
	created_by text collate "C" not null,
	created_at bigint not null,
	expires_at bigint not null,
	revoked_at bigint not null,
	last_used_at bigint not null
);
create index token_directory on token (directory_id);

-- The human that records are linked to.
create table person (
	id text collate "C" primary key,
	active boolean not null,
	inactive text collate "C" not null,
	inactive_on text collate "C" not null,
	next_at bigint not null,
	on_leave boolean not null,
	attributes text collate "C" not null,
	address text collate "C" not null,
	name text collate "C" not null,
	manager_id text collate "C",
	manager_directory_id text collate "C" not null,
	manager_key text collate "C" not null,
	sponsor text collate "C" not null,
	ends_at bigint not null,
	revision bigint not null,
	created_at bigint not null,
	changed_at bigint not null,
	left_at bigint not null
);
create index person_manager on person (manager_id) where manager_id is not null;
create index person_manager_key on person (manager_key, manager_directory_id) where manager_key <> '';
create index person_ends on person (ends_at) where ends_at > 0;
create index person_next on person (next_at, id) where next_at > 0;
create index person_page on person (created_at, id);
create index person_name on person (name);

-- A key belongs to one person; e-mail addresses, UPNs and aliases share a space.
create table identifier (
	space text collate "C" not null,
	key text collate "C" not null,
	kind text collate "C" not null,
	person_id text collate "C" not null references person (id),
	shown text collate "C" not null,
	since bigint not null,
	retired_at bigint not null,
	primary key (space, key)
);
create index identifier_person on identifier (person_id);

-- What a directory last said about one person; the SCIM User is this row.
create table record (
	id text collate "C" primary key,
	directory_id text collate "C" not null references directory (id),
	person_id text collate "C" references person (id),
	external_id text collate "C",
	user_name_key text collate "C" not null,
	active boolean not null,
	document text collate "C" not null,
	attributes text collate "C" not null,
	version bigint not null,
	create_hash text collate "C" not null,
	created_at bigint not null,
	modified_at bigint not null,
	started_at bigint not null,
	ends_known_at bigint not null,
	absent_since bigint not null,
	deleted_at bigint not null
);
create unique index record_user_name on record (directory_id, user_name_key) where deleted_at = 0;
create unique index record_external on record (directory_id, external_id) where deleted_at = 0 and external_id is not null;
create index record_person on record (person_id);
create index record_page on record (directory_id, created_at, id) where deleted_at = 0;
create index record_active on record (directory_id) where active and deleted_at = 0;
create index record_named on record (user_name_key);

-- Every leaf of a record's or group's document, so that any filter is a query.
create table attribute_value (
	owner_id text collate "C" not null,
	directory_id text collate "C" not null,
	path text collate "C" not null,
	element bigint not null,
	text text collate "C" not null
);
create index attribute_value_owner on attribute_value (owner_id, path);
create index attribute_value_text on attribute_value (directory_id, path, substr(text, 1, 200));

create table pushed_group (
	id text collate "C" primary key,
	directory_id text collate "C" not null references directory (id),
	display_name text collate "C" not null,
	external_id text collate "C",
	document text collate "C" not null,
	version bigint not null,
	create_hash text collate "C" not null,
	created_at bigint not null,
	modified_at bigint not null
);
create unique index pushed_group_external on pushed_group (directory_id, external_id) where external_id is not null;
-- A group without an external id, as Okta pushes them, has nothing else by which a repeated create could be known.
create unique index pushed_group_created on pushed_group (directory_id, create_hash) where external_id is null and version = 1;
create index pushed_group_page on pushed_group (directory_id, created_at, id);

create table group_member (
	group_id text collate "C" not null references pushed_group (id),
	member_id text collate "C" not null,
	type text collate "C" not null,
	primary key (group_id, member_id)
);
create index group_member_member on group_member (member_id);

create table portal (
	id text collate "C" primary key,
	name text collate "C" not null unique,
	kind text collate "C" not null,
	live boolean not null,
	live_at bigint not null,
	hard boolean not null,
	teams boolean not null,
	profile text not null,
	retired_at bigint not null,
	paused_until bigint not null,
	failures bigint not null,
	last_success_at bigint not null,
	last_error text collate "C" not null,
	observed_at bigint not null
);

-- One pool of purchased seats. Only the allocator writes used; the checks are the
-- last defence against overselling.
create table subscription (
	id text collate "C" primary key,
	name text collate "C" not null unique,
	portal_id text collate "C" not null references portal (id),
	code text not null,
	purchased bigint not null,
	used bigint not null,
	cap bigint not null,
	starts_at bigint not null,
	ends_at bigint not null,
	rule text collate "C" not null,
	priority text collate "C" not null,
	settle bigint not null,
	grace bigint not null,
	on_leave text collate "C" not null,
	armed_at bigint not null,
	retired_at bigint not null,
	check (purchased >= 0),
	check (used >= 0),
	check (used <= cap)
);
create index subscription_portal on subscription (portal_id);

create table hold (
	id text collate "C" primary key,
	number bigint not null unique,
	class text collate "C" not null,
	subscription_id text collate "C",
	directory_id text collate "C",
	why text collate "C" not null,
	opened_at bigint not null,
	closed_at bigint not null,
	closed_by text collate "C" not null,
	decision text collate "C" not null
);
create index hold_open on hold (class) where closed_at = 0;

create table seat (
	id text collate "C" primary key,
	subscription_id text collate "C" not null references subscription (id),
	person_id text collate "C" not null references person (id),
	state text collate "C" not null check (state in ('queued', 'invited', 'active', 'releasing', 'released')),
	reason text collate "C" not null,
	priority bigint not null,
	requested_at bigint not null,
	seated_at bigint not null,
	leaving_at bigint not null,
	due_at bigint not null,
	leaving_by text collate "C" not null,
	released_at bigint not null,
	reserved_until bigint not null,
	hold_id text collate "C" references hold (id),
	approved boolean not null,
	kept_revision bigint not null,
	changed_at bigint not null
);
create unique index seat_live on seat (subscription_id, person_id) where state <> 'released';
create index seat_person on seat (person_id);
create index seat_queue on seat (subscription_id, priority desc, requested_at, id) where state = 'queued';
create index seat_due on seat (due_at) where leaving_at > 0 and state in ('invited', 'active');
create index seat_leaving on seat (subscription_id, leaving_at) where leaving_at > 0;
create index seat_leaving_by on seat (leaving_by, leaving_at) where leaving_at > 0;
create index seat_released on seat (subscription_id, released_at) where released_at > 0;
create index seat_seated on seat (subscription_id, seated_at) where seated_at > 0;
create index seat_hold on seat (hold_id) where hold_id is not null;
create index seat_reserved on seat (subscription_id, reserved_until) where reserved_until > 0;

-- What a human said about one person's seat; no feed undoes it.
create table decision (
	subscription_id text collate "C" not null references subscription (id),
	person_id text collate "C" not null references person (id),
	kind text collate "C" not null,
	decided_by text collate "C" not null,
	reason text collate "C" not null,
	until_at bigint not null,
	created_at bigint not null,
	primary key (subscription_id, person_id)
);
create index decision_person on decision (person_id);
create index decision_until on decision (until_at) where until_at > 0;

create table conflict (
	id text collate "C" primary key,
	number bigint not null unique,
	kind text collate "C" not null,
	record_id text collate "C" not null,
	person_id text collate "C" not null,
	others text collate "C" not null,
	detail text collate "C" not null,
	opened_at bigint not null,
	closed_at bigint not null,
	closed_by text collate "C" not null,
	decision text collate "C" not null
);
create unique index conflict_open on conflict (kind, record_id, person_id) where closed_at = 0;
create index conflict_record on conflict (record_id) where closed_at = 0 and record_id <> '';
create index conflict_person on conflict (person_id) where closed_at = 0 and person_id <> '';

create table team (
	id text collate "C" primary key,
	name text collate "C" not null,
	source text collate "C" not null,
	key text collate "C" not null,
	retired_at bigint not null
);
create unique index team_key on team (source, key);

create table team_member (
	team_id text collate "C" not null references team (id),
	person_id text collate "C" not null references person (id),
	primary key (team_id, person_id)
);
create index team_member_person on team_member (person_id);

-- What a portal should hold, was told and was seen to hold, for one person or team.
create table account (
	id text collate "C" primary key,
	portal_id text collate "C" not null references portal (id),
	kind text collate "C" not null,
	subject_id text collate "C" not null,
	desired text collate "C",
	generation bigint not null,
	sent bigint not null,
	confirmed bigint not null,
	remote_id text collate "C" not null,
	seen text collate "C",
	seen_at bigint not null,
	attempts bigint not null,
	next_try_at bigint not null,
	unknown_since bigint not null,
	last_error text collate "C" not null,
	refused boolean not null,
	urgent boolean not null,
	resend boolean not null
);
create unique index account_subject on account (portal_id, kind, subject_id) where subject_id <> '';
create unique index account_remote on account (portal_id, kind, remote_id) where remote_id <> '';
create index account_of on account (subject_id) where subject_id <> '';
create index account_due on account (portal_id, next_try_at) where generation > confirmed or resend;

-- Each call to a portal, with the fencing number of the lease under which it was made.
create table attempt (
	id text collate "C" primary key,
	account_id text collate "C" not null references account (id),
	generation bigint not null,
	fence bigint not null,
	started_at bigint not null,
	ended_at bigint not null,
	result text collate "C" not null,
	reason text collate "C" not null
);
create index attempt_account on attempt (account_id, started_at);

create table batch (
	id text collate "C" primary key,
	portal_id text collate "C" not null references portal (id),
	number bigint not null,
	kind text not null,
	visit_id text not null,
	name text collate "C" not null,
	sha256 text collate "C" not null,
	content bytea not null,
	created_at bigint not null,
	written_at bigint not null,
	notes text not null,
	carried_at bigint not null,
	carried_by text not null,
	closed_at bigint not null,
	unique (portal_id, number)
);

create table batch_row (
	batch_id text collate "C" not null references batch (id),
	row_number bigint not null,
	account_id text collate "C" not null references account (id),
	generation bigint not null,
	action text collate "C" not null,
	text text collate "C" not null,
	told text collate "C" not null,
	gives text not null,
	takes text not null,
	state text collate "C" not null,
	note text collate "C" not null,
	settled_at bigint not null,
	settled_by text collate "C" not null,
	primary key (batch_id, row_number)
);
create index batch_row_account on batch_row (account_id);
create index batch_row_open on batch_row (batch_id) where state = 'open';

-- One occasion at which somebody works at a portal for usher.
create table visit (
	id text primary key,
	portal_id text not null references portal (id),
	number bigint not null,
	opened_at bigint not null,
	urgent boolean not null,
	told_at bigint not null,
	reminded_at bigint not null,
	done_at bigint not null,
	done_by text not null,
	closed_at bigint not null,
	unique (portal_id, number)
);
create index batch_visit on batch (visit_id);
create index batch_open on batch (portal_id) where closed_at = 0;
create index batch_unwritten on batch (portal_id) where written_at = 0;
create index visit_open on visit (portal_id) where closed_at = 0;

-- Files that an admin downloaded from a portal, to be filled; one for each key.
create table template (
	id text primary key,
	portal_id text not null references portal (id),
	key text not null,
	name text not null,
	sha256 text not null,
	content bytea not null,
	learned_at bigint not null,
	learned_by text not null,
	unique (portal_id, key)
);

-- What an admin decided that a portal's column says of one person.
create table correction (
	portal_id text not null references portal (id),
	person_id text not null references person (id),
	column_name text not null,
	value text not null,
	by_name text not null,
	reason text not null,
	created_at bigint not null,
	primary key (portal_id, person_id, column_name)
);

-- Seats that a portal was seen to hold. A stranger has none here.
create table holding (
	account_id text not null references account (id),
	subscription_id text not null references subscription (id),
	person_id text not null,
	stranger boolean not null,
	primary key (account_id, subscription_id)
);
create index holding_stranger on holding (subscription_id) where stranger;
create index holding_person on holding (person_id, subscription_id);

-- Lists of a portal's accounts that were read.
create table portal_export (
	id text primary key,
	portal_id text not null references portal (id),
	number bigint not null,
	name text not null,
	sha256 text not null,
	as_of bigint not null,
	complete boolean not null,
	row_count bigint not null,
	taken_at bigint not null,
	taken_by text not null,
	unique (portal_id, number)
);

-- Differences between a portal and the ledger, since the export that first showed them.
create table drift (
	id text primary key,
	portal_id text not null references portal (id),
	export_id text not null references portal_export (id),
	code text not null,
	severity text not null,
	account_id text not null,
	person_id text not null,
	subscription_id text not null,
	address text not null,
	text text not null,
	since_at bigint not null,
	ended_at bigint not null
);
create index drift_open on drift (portal_id) where ended_at = 0;

-- Append-only facts. A personal payload can be erased; its digest stays in the seal.
create table event (
	id text collate "C" primary key,
	at bigint not null,
	kind text collate "C" not null,
	actor text collate "C" not null,
	subject text collate "C" not null,
	subject_id text collate "C" not null,
	person_id text collate "C" not null,
	subscription_id text collate "C" not null,
	portal_id text collate "C" not null,
	before text collate "C" not null,
	after text collate "C" not null,
	why text collate "C" not null,
	salt text collate "C" not null,
	erased_at bigint not null default 0
);
create index event_at on event (at, id);
create index event_person on event (person_id, at) where person_id <> '';

create table event_unsealed (
	event_id text collate "C" primary key
);

create table event_seal (
	number bigint primary key,
	event_id text collate "C" not null unique,
	payload text collate "C" not null,
	digest text collate "C" not null,
	chain text collate "C" not null,
	sealed_at bigint not null
);

-- Subscriptions, rules, teams and guards, as they were proposed and made active.
create table revision (
	number bigint primary key,
	content text collate "C" not null,
	fingerprint text collate "C" not null,
	state text collate "C" not null,
	plan text collate "C" not null,
	proposed_at bigint not null,
	proposed_by text collate "C" not null,
	decided_at bigint not null,
	decided_by text collate "C" not null
);

-- People whose seats must be computed again because something around them changed.
create table person_due (
	person_id text collate "C" primary key references person (id),
	cause text collate "C" not null,
	why text collate "C" not null,
	caution bigint not null,
	at bigint not null
);

create index person_due_at on person_due (at, person_id);

create table lease (
	name text collate "C" primary key,
	owner text collate "C" not null,
	until_at bigint not null,
	fence bigint not null
);

create table counter (
	name text collate "C" primary key,
	value bigint not null
);

create table setting (
	name text collate "C" primary key,
	value text collate "C" not null
);

-- Proposed changes to the records of a directory, and what became of them.
create table plan (
	id text primary key,
	number bigint not null unique,
	directory_id text not null references directory (id),
	undoes_id text,
	full_feed boolean not null,
	file text not null,
	mapping text not null,
	policy bigint not null,
	base bigint not null,
	state text not null,
	summary text not null,
	counts text not null,
	reasons text not null,
	created_at bigint not null,
	expires_at bigint not null,
	applied_at bigint not null,
	decided_at bigint not null,
	decided_by text not null,
	why text not null,
	cursor_seq bigint not null
);
create index plan_directory on plan (directory_id, number);
create index plan_pending on plan (state, number) where state in ('reading', 'open', 'applying');

-- What a plan would do to seats, by name. It can be megabytes, and stands beside the plan because
-- SQLite writes a row as a whole: the plan is written with each portion of a run.
create table plan_seats (
	plan_id text primary key references plan (id),
	seats text not null
);

create table plan_change (
	plan_id text not null references plan (id),
	seq bigint not null,
	class text not null,
	row_number bigint not null,
	key text not null,
	record_id text,
	person_id text,
	version bigint not null,
	revision bigint not null,
	name text not null,
	address text not null,
	before text not null,
	after text not null,
	state text not null,
	risks bigint not null,
	why text not null,
	primary key (plan_id, seq)
);

create table plan_finding (
	plan_id text not null references plan (id),
	seq bigint not null,
	row_number bigint not null,
	column_name text not null,
	code text not null,
	severity text not null,
	value text not null,
	problem text not null,
	primary key (plan_id, seq)
);

-- What the last accepted files of a directory said, one row for each key.
create table roster_row (
	directory_id text not null references directory (id),
	key text not null,
	record_id text not null references record (id),
	hash bigint not null,
	absences bigint not null,
	absent_since bigint not null,
	primary key (directory_id, key)
);
create index roster_row_absent on roster_row (directory_id, absences) where absences > 0;

-- The times of schedules, from when a process claimed them: a row is the right to one run.
create table slot (
	schedule text collate "C" not null,
	civil text collate "C" not null,
	due_at bigint not null,
	started_at bigint not null,
	owner text collate "C" not null,
	state text collate "C" not null,
	finished_at bigint not null,
	detail text collate "C" not null,
	primary key (schedule, civil)
);
create index slot_due on slot (due_at);
create index slot_running on slot (due_at) where state = 'running';
