-- What opens an account is written while somebody signs in (or sets up how to), and who governs the
-- whole installation is never written by the application.
CREATE FUNCTION identity_guard_user() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_guarded boolean;
BEGIN
    IF current_user <> 'suanpan_app' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.is_superuser OR NEW.is_staff THEN
            RAISE EXCEPTION 'the application makes no administrators' USING ERRCODE = '42501';
        END IF;
        is_guarded := left(NEW.password, 1) <> '!';
    ELSE
        IF (NEW.is_superuser, NEW.is_staff) IS DISTINCT FROM (OLD.is_superuser, OLD.is_staff) THEN
            RAISE EXCEPTION 'the application makes no administrators' USING ERRCODE = '42501';
        END IF;
        is_guarded := (NEW.id, NEW.email, NEW.password, NEW.is_active, NEW.date_joined)
            IS DISTINCT FROM (OLD.id, OLD.email, OLD.password, OLD.is_active, OLD.date_joined);
    END IF;
    IF is_guarded AND NOT suanpan_is_sign_in() THEN
        RAISE EXCEPTION 'what opens an account is written by signing in alone'
            USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
