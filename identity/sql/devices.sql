-- A device goes with its session, whoever ends that. Nobody moves it to another person, or says
-- that it was signed in earlier.
ALTER TABLE identity_signedindevice ADD CONSTRAINT device_has_its_session
    FOREIGN KEY (session_key) REFERENCES django_session ON DELETE CASCADE;
REVOKE UPDATE, DELETE ON identity_signedindevice FROM suanpan_app;
GRANT UPDATE (place, agent, last_used_at) ON identity_signedindevice TO suanpan_app;
