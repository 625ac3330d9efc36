-- +goose Up

-- What opens the interface in JSON, each by scopes.
create table api_token (
	id text collate "C" primary key,
	name text collate "C" not null,
	scopes text collate "C" not null,
	hash text collate "C" not null,
	created_by text collate "C" not null,
	created_at bigint not null,
	expires_at bigint not null,
	revoked_at bigint not null,
	last_used_at bigint not null
);
