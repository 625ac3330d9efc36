-- +goose Up

-- Tables without rowid are those whose rows are little more than their key: each is one tree instead of two.

-- Where records come from.
create table directory (
	id text primary key,
	name text not null unique,
	kind text not null,
	rank integer not null,
	employee_numbers text not null,
	lifecycle_owner integer not null,
	zone text not null,
	lead_days integer not null,
	stands_in_for text not null,
	stands_in_after integer not null,
	stands_in_since integer not null,
	created_at integer not null
) strict;

create table token (
	id text primary key,
	directory_id text not null references directory (id),
	hash text not null,
	created_by text not null,
	created_at integer not null,
	expires_at integer not null,
	revoked_at integer not null,
	last_used_at integer not null
) strict;
create index token_directory on token (directory_id);

-- The human that records are linked to.
create table person (
	id text primary key,
	active integer not null,
	inactive text not null,
	inactive_on text not null,
	next_at integer not null,
	on_leave integer not null,
	attributes text not null,
	address text not null,
	name text not null,
	manager_id text,
	manager_directory_id text not null,
	manager_key text not null,
	sponsor text not null,
	ends_at integer not null,
	revision integer not null,
	created_at integer not null,
	changed_at integer not null,
	left_at integer not null
) strict;
create index person_manager on person (manager_id) where manager_id is not null;
create index person_manager_key on person (manager_key, manager_directory_id) where manager_key <> '';
create index person_ends on person (ends_at) where ends_at > 0;
create index person_next on person (next_at, id) where next_at > 0;
create index person_page on person (created_at, id);
create index person_name on person (name);

-- A key belongs to one person; e-mail addresses, UPNs and aliases share a space.
create table identifier (
	space text not null,
	key text not null,
	kind text not null,
	person_id text not null references person (id),
	shown text not null,
	since integer not null,
	retired_at integer not null,
	primary key (space, key)
) strict;
create index identifier_person on identifier (person_id);

-- What a directory last said about one person; the SCIM User is this row.
create table record (
	id text primary key,
	directory_id text not null references directory (id),
	person_id text references person (id),
	external_id text,
	user_name_key text not null,
	active integer not null,
	document text not null,
	attributes text not null,
	version integer not null,
	create_hash text not null,
	created_at integer not null,
	modified_at integer not null,
	started_at integer not null,
	ends_known_at integer not null,
	absent_since integer not null,
	deleted_at integer not null
) strict;
create unique index record_user_name on record (directory_id, user_name_key) where deleted_at = 0;
create unique index record_external on record (directory_id, external_id) where deleted_at = 0 and external_id is not null;
create index record_person on record (person_id);
create index record_page on record (directory_id, created_at, id) where deleted_at = 0;
create index record_active on record (directory_id) where active and deleted_at = 0;
create index record_named on record (user_name_key);

-- Every leaf of a record's or group's document, so that any filter is a query.
create table attribute_value (
	owner_id text not null,
	directory_id text not null,
	path text not null,
	element integer not null,
	text text not null
) strict;
create index attribute_value_owner on attribute_value (owner_id, path);
create index attribute_value_text on attribute_value (directory_id, path, substr(text, 1, 200));

create table pushed_group (
	id text primary key,
	directory_id text not null references directory (id),
	display_name text not null,
	external_id text,
	document text not null,
	version integer not null,
	create_hash text not null,
	created_at integer not null,
	modified_at integer not null
) strict;
create unique index pushed_group_external on pushed_group (directory_id, external_id) where external_id is not null;
-- A group without an external id, as Okta pushes them, has nothing else by which a repeated create could be known.
create unique index pushed_group_created on pushed_group (directory_id, create_hash) where external_id is null and version = 1;
create index pushed_group_page on pushed_group (directory_id, created_at, id);

create table group_member (
	group_id text not null references pushed_group (id),
	member_id text not null,
	type text not null,
	primary key (group_id, member_id)
) strict, without rowid;
create index group_member_member on group_member (member_id);

create table portal (
	id text primary key,
	name text not null unique,
	kind text not null,
	live integer not null,
	live_at integer not null,
	hard integer not null,
	teams integer not null,
	profile text not null,
	retired_at integer not null,
	paused_until integer not null,
	failures integer not null,
	last_success_at integer not null,
	last_error text not null,
	observed_at integer not null
) strict;

-- One pool of purchased seats. Only the allocator writes used; the checks are the
-- last defence against overselling.
create table subscription (
	id text primary key,
	name text not null unique,
	portal_id text not null references portal (id),
	code text not null,
	purchased integer not null,
	used integer not null,
	cap integer not null,
	starts_at integer not null,
	ends_at integer not null,
	rule text not null,
	priority text not null,
	settle integer not null,
	grace integer not null,
	on_leave text not null,
	armed_at integer not null,
	retired_at integer not null,
	check (purchased >= 0),
	check (used >= 0),
	check (used <= cap)
) strict;
create index subscription_portal on subscription (portal_id);

create table hold (
	id text primary key,
	number integer not null unique,
	class text not null,
	subscription_id text,
	directory_id text,
	why text not null,
	opened_at integer not null,
	closed_at integer not null,
	closed_by text not null,
	decision text not null
) strict;
create index hold_open on hold (class) where closed_at = 0;

create table seat (
	id text primary key,
	subscription_id text not null references subscription (id),
	person_id text not null references person (id),
	state text not null check (state in ('queued', 'invited', 'active', 'releasing', 'released')),
	reason text not null,
	priority integer not null,
	requested_at integer not null,
	seated_at integer not null,
	leaving_at integer not null,
	due_at integer not null,
	leaving_by text not null,
	released_at integer not null,
	reserved_until integer not null,
	hold_id text references hold (id),
	approved integer not null,
	kept_revision integer not null,
	changed_at integer not null
) strict;
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
	subscription_id text not null references subscription (id),
	person_id text not null references person (id),
	kind text not null,
	decided_by text not null,
	reason text not null,
	until_at integer not null,
	created_at integer not null,
	primary key (subscription_id, person_id)
) strict;
create index decision_person on decision (person_id);
create index decision_until on decision (until_at) where until_at > 0;

create table conflict (
	id text primary key,
	number integer not null unique,
	kind text not null,
	record_id text not null,
	person_id text not null,
	others text not null,
	detail text not null,
	opened_at integer not null,
	closed_at integer not null,
	closed_by text not null,
	decision text not null
) strict;
create unique index conflict_open on conflict (kind, record_id, person_id) where closed_at = 0;
create index conflict_record on conflict (record_id) where closed_at = 0 and record_id <> '';
create index conflict_person on conflict (person_id) where closed_at = 0 and person_id <> '';

create table team (
	id text primary key,
	name text not null,
	source text not null,
	key text not null,
	retired_at integer not null
) strict;
create unique index team_key on team (source, key);

create table team_member (
	team_id text not null references team (id),
	person_id text not null references person (id),
	primary key (team_id, person_id)
) strict, without rowid;
create index team_member_person on team_member (person_id);

-- What a portal should hold, was told and was seen to hold, for one person or team.
create table account (
	id text primary key,
	portal_id text not null references portal (id),
	kind text not null,
	subject_id text not null,
	desired text,
	generation integer not null,
	sent integer not null,
	confirmed integer not null,
	remote_id text not null,
	seen text,
	seen_at integer not null,
	attempts integer not null,
	next_try_at integer not null,
	unknown_since integer not null,
	last_error text not null,
	refused integer not null,
	urgent integer not null,
	resend integer not null
) strict;
create unique index account_subject on account (portal_id, kind, subject_id) where subject_id <> '';
create unique index account_remote on account (portal_id, kind, remote_id) where remote_id <> '';
create index account_of on account (subject_id) where subject_id <> '';
create index account_due on account (portal_id, next_try_at) where generation > confirmed or resend;

-- Each call to a portal, with the fencing number of the lease under which it was made.
create table attempt (
	id text primary key,
	account_id text not null references account (id),
	generation integer not null,
	fence integer not null,
	started_at integer not null,
	ended_at integer not null,
	result text not null,
	reason text not null
) strict;
create index attempt_account on attempt (account_id, started_at);

create table batch (
	id text primary key,
	portal_id text not null references portal (id),
	number integer not null,
	kind text not null,
	visit_id text not null,
	name text not null,
	sha256 text not null,
	content blob not null,
	created_at integer not null,
	written_at integer not null,
	notes text not null,
	carried_at integer not null,
	carried_by text not null,
	closed_at integer not null,
	unique (portal_id, number)
) strict;

create table batch_row (
	batch_id text not null references batch (id),
	row_number integer not null,
	account_id text not null references account (id),
	generation integer not null,
	action text not null,
	text text not null,
	told text not null,
	gives text not null,
	takes text not null,
	state text not null,
	note text not null,
	settled_at integer not null,
	settled_by text not null,
	primary key (batch_id, row_number)
) strict;
create index batch_row_account on batch_row (account_id);
create index batch_row_open on batch_row (batch_id) where state = 'open';

-- One occasion at which somebody works at a portal for usher.
create table visit (
	id text primary key,
	portal_id text not null references portal (id),
	number integer not null,
	opened_at integer not null,
	urgent integer not null,
	told_at integer not null,
	reminded_at integer not null,
	done_at integer not null,
	done_by text not null,
	closed_at integer not null,
	unique (portal_id, number)
) strict;
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
	content blob not null,
	learned_at integer not null,
	learned_by text not null,
	unique (portal_id, key)
) strict;

-- What an admin decided that a portal's column says of one person.
create table correction (
	portal_id text not null references portal (id),
	person_id text not null references person (id),
	column_name text not null,
	value text not null,
	by_name text not null,
	reason text not null,
	created_at integer not null,
	primary key (portal_id, person_id, column_name)
) strict;

-- Seats that a portal was seen to hold. A stranger has none here.
create table holding (
	account_id text not null references account (id),
	subscription_id text not null references subscription (id),
	person_id text not null,
	stranger integer not null,
	primary key (account_id, subscription_id)
) strict;
create index holding_stranger on holding (subscription_id) where stranger;
create index holding_person on holding (person_id, subscription_id);

-- Lists of a portal's accounts that were read.
create table portal_export (
	id text primary key,
	portal_id text not null references portal (id),
	number integer not null,
	name text not null,
	sha256 text not null,
	as_of integer not null,
	complete integer not null,
	row_count integer not null,
	taken_at integer not null,
	taken_by text not null,
	unique (portal_id, number)
) strict;

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
	since_at integer not null,
	ended_at integer not null
) strict;
create index drift_open on drift (portal_id) where ended_at = 0;

-- Append-only facts. A personal payload can be erased; its digest stays in the seal.
create table event (
	id text primary key,
	at integer not null,
	kind text not null,
	actor text not null,
	subject text not null,
	subject_id text not null,
	person_id text not null,
	subscription_id text not null,
	portal_id text not null,
	before text not null,
	after text not null,
	why text not null,
	salt text not null,
	erased_at integer not null default 0
) strict;
create index event_at on event (at, id);
create index event_person on event (person_id, at) where person_id <> '';

create table event_unsealed (
	event_id text primary key
) strict, without rowid;

create table event_seal (
	number integer primary key,
	event_id text not null unique,
	payload text not null,
	digest text not null,
	chain text not null,
	sealed_at integer not null
) strict;

-- Subscriptions, rules, teams and guards, as they were proposed and made active.
create table revision (
	number integer primary key,
	content text not null,
	fingerprint text not null,
	state text not null,
	plan text not null,
	proposed_at integer not null,
	proposed_by text not null,
	decided_at integer not null,
	decided_by text not null
) strict;

-- People whose seats must be computed again because something around them changed.
create table person_due (
	person_id text primary key references person (id),
	cause text not null,
	why text not null,
	caution integer not null,
	at integer not null
) strict, without rowid;

create index person_due_at on person_due (at, person_id);

create table lease (
	name text primary key,
	owner text not null,
	until_at integer not null,
	fence integer not null
) strict;

create table counter (
	name text primary key,
	value integer not null
) strict;

create table setting (
	name text primary key,
	value text not null
) strict;

-- Proposed changes to the records of a directory, and what became of them.
create table plan (
	id text primary key,
	number integer not null unique,
	directory_id text not null references directory (id),
	undoes_id text,
	full_feed integer not null,
	file text not null,
	mapping text not null,
	policy integer not null,
	base integer not null,
	state text not null,
	summary text not null,
	counts text not null,
	reasons text not null,
	created_at integer not null,
	expires_at integer not null,
	applied_at integer not null,
	decided_at integer not null,
	decided_by text not null,
	why text not null,
	cursor_seq integer not null
) strict;
create index plan_directory on plan (directory_id, number);
create index plan_pending on plan (state, number) where state in ('reading', 'open', 'applying');

-- What a plan would do to seats, by name. It can be megabytes, and stands beside the plan because
-- SQLite writes a row as a whole: the plan is written with each portion of a run.
create table plan_seats (
	plan_id text primary key references plan (id),
	seats text not null
) strict;

create table plan_change (
	plan_id text not null references plan (id),
	seq integer not null,
	class text not null,
	row_number integer not null,
	key text not null,
	record_id text,
	person_id text,
	version integer not null,
	revision integer not null,
	name text not null,
	address text not null,
	before text not null,
	after text not null,
	state text not null,
	risks integer not null,
	why text not null,
	primary key (plan_id, seq)
) strict;

create table plan_finding (
	plan_id text not null references plan (id),
	seq integer not null,
	row_number integer not null,
	column_name text not null,
	code text not null,
	severity text not null,
	value text not null,
	problem text not null,
	primary key (plan_id, seq)
) strict;

-- What the last accepted files of a directory said, one row for each key.
create table roster_row (
	directory_id text not null references directory (id),
	key text not null,
	record_id text not null references record (id),
	hash integer not null,
	absences integer not null,
	absent_since integer not null,
	primary key (directory_id, key)
) strict, without rowid;
create index roster_row_absent on roster_row (directory_id, absences) where absences > 0;

-- The times of schedules, from when a process claimed them: a row is the right to one run.
create table slot (
	schedule text not null,
	civil text not null,
	due_at integer not null,
	started_at integer not null,
	owner text not null,
	state text not null,
	finished_at integer not null,
	detail text not null,
	primary key (schedule, civil)
) strict;
create index slot_due on slot (due_at);
create index slot_running on slot (due_at) where state = 'running';
