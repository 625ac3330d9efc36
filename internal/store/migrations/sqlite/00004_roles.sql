-- +goose Up

-- Whose the roles are that the configuration gives to an address: of whoever first signed in with it.
create table role_address (
	address text not null,
	person_id text not null references person (id),
	connection text not null,
	at integer not null,
	primary key (address)
) strict, without rowid;
create index role_address_person on role_address (person_id);

-- Links that sign one person in, once.
create table login_link (
	hash text not null,
	person_id text not null references person (id),
	owner integer not null,
	made_by text not null,
	made_at integer not null,
	expires_at integer not null,
	used_at integer not null,
	primary key (hash)
) strict, without rowid;

alter table session add column groups_unknown integer not null default 0;
alter table session add column owner integer not null default 0;
alter table signin_flow add column again integer not null default 0;
