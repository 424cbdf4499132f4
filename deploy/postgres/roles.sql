-- DEVELOPMENT ONLY, for docker-compose.yml: the roles of scripts/postgres-roles.mjs with passwords that everybody
-- knows. The owner migrates. The application owns nothing and cannot get around row-level security.
create role keelson_owner login nosuperuser nobypassrls nocreaterole nocreatedb password 'development-owner';
create role keelson_app login nosuperuser nobypassrls nocreaterole nocreatedb password 'development-app';
-- Who makes the roles need not be a superuser: giving a database away takes membership in the role that gets it.
grant keelson_owner to current_user;
create database keelson owner keelson_owner;
revoke all on database keelson from public;
grant connect on database keelson to keelson_app;
\connect keelson
grant usage on schema public to keelson_app;
grant create on schema public to keelson_owner;
alter default privileges for role keelson_owner grant select, insert, update, delete on tables to keelson_app;
alter default privileges for role keelson_owner grant usage on sequences to keelson_app;
alter default privileges for role keelson_owner grant usage on schemas to keelson_app;
revoke keelson_owner from current_user;
