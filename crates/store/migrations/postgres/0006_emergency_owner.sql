-- Whose a resource was when an emergency access to it was asked for.

ALTER TABLE claviger.emergency_accesses ADD COLUMN owner_id uuid;
