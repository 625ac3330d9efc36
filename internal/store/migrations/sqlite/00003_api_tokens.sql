-- +goose Up

-- What opens the interface in JSON, each by scopes.
create table api_token (
	id text primary key,
	name text not null,
	scopes text not null,
	hash text not null,
	created_by text not null,
	created_at integer not null,
	expires_at integer not null,
	revoked_at integer not null,
	last_used_at integer not null
) strict;
