-- +goose Up

-- The person who this one is as well, since an admin said so. The row is left, so that old links and events lead on.
alter table person add column merged_into text;
create index person_merged on person (merged_into) where merged_into is not null;

-- Whose records, sign-ins and decisions were before a merge, so that a split can give them back.
create table merged_from (
	kind text not null,
	key text not null,
	person_id text not null,
	primary key (kind, key)
) strict, without rowid;
create index merged_from_person on merged_from (person_id);
