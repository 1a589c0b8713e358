-- Whose a resource was when an emergency access to it was asked for.

ALTER TABLE emergency_accesses ADD COLUMN owner_id BLOB;
