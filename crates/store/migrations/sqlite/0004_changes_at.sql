-- From where on a store's changes are read, when a time is given. They are as old as they are in
-- order: no change is older than the one before it.

CREATE INDEX store_changes_at_idx ON store_changes (store, at, version, item);
