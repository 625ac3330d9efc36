-- +goose Up

-- Whose the roles are that the configuration gives to an address: of whoever first signed in with it.
create table role_address (
	address text collate "C" not null,
	person_id text collate "C" not null references person (id),
	connection text collate "C" not null,
	at bigint not null,
	primary key (address)
);
create index role_address_person on role_address (person_id);

-- Links that sign one person in, once.
create table login_link (
	hash text collate "C" not null,
	person_id text collate "C" not null references person (id),
	owner boolean not null,
	made_by text collate "C" not null,
	made_at bigint not null,
	expires_at bigint not null,
	used_at bigint not null,
	primary key (hash)
);

alter table session add column groups_unknown boolean not null default false;
alter table session add column owner boolean not null default false;
alter table signin_flow add column again boolean not null default false;
